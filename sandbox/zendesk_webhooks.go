package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Topics of Zendesk that happen here.
const (
	zendeskCreated   = "zen:event-type:ticket.created"
	zendeskStatus    = "zen:event-type:ticket.status_changed"
	zendeskCommented = "zen:event-type:ticket.comment_added"
)

// tells is how Zendesk tells of changes: again where it is asked to come later.
func (z *zendesk) tells() *telling {
	return &telling{
		topics:  []string{zendeskStatus, zendeskCreated, zendeskCommented},
		retries: []time.Duration{time.Second, 2 * time.Second, 4 * time.Second},
		again: func(status int) bool {
			return status == http.StatusConflict || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
		},
		about: z.about, message: zendeskMessage,
	}
}

func (z *zendesk) about(_, id string) (news, bool) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return news{}, false
	}
	t := z.ticket(number)
	if t == nil {
		return news{}, false
	}
	return news{body: zendeskDetail(t)}, true
}

// zendeskDetail is a ticket as events tell of it, where all numbers are texts.
func zendeskDetail(t *ticket) object {
	return object{
		"id": strconv.FormatInt(t.id, 10), "subject": t.subject, "description": t.comments[0].body, "status": strings.ToUpper(t.status),
		"type": nullable(strings.ToUpper(t.kind)), "priority": nullable(strings.ToUpper(t.priority)), "external_id": nullable(t.external),
		"requester_id": strconv.FormatInt(t.requester.id, 10), "actor_id": strconv.FormatInt(t.comments[0].author.id, 10), "tags": t.tags,
		"created_at": zendeskTime(t.created), "updated_at": zendeskTime(t.updated), "via": object{"channel": t.channel}, "is_public": true,
	}
}

// zendeskMessage is an event, signed by the HMAC of the time as it is written and the body.
func zendeskMessage(n news, secret string, at time.Time) (http.Header, []byte) {
	detail, _ := n.body.(object)
	body := jsonOf(object{
		"account_id": 1, "id": fmt.Sprintf("01SANDBOX%017d", n.serial), "type": n.topic, "time": n.at.UTC().Format(time.RFC3339Nano),
		"zendesk_event_version": "2022-11-06", "subject": fmt.Sprintf("zen:ticket:%v", detail["id"]), "detail": n.body, "event": object{},
	})
	signed := at.UTC().Format(time.RFC3339)
	return headers(
		"Content-Type", "application/json; charset=utf-8", "User-Agent", "Zendesk Webhook", "X-Zendesk-Account-Id", "1",
		"X-Zendesk-Webhook-Id", "01SANDBOX", "X-Zendesk-Webhook-Invocation-Id", fmt.Sprintf("01INVOKED%017d", n.serial),
		"X-Zendesk-Webhook-Signature-Timestamp", signed, "X-Zendesk-Webhook-Signature", base64Of(mac(secret, signed, string(body))),
	), body
}

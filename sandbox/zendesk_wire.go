package sandbox

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"
)

// zendeskUserWire is a user as Zendesk writes it; null is what any is for.
type zendeskUserWire struct {
	ID                int64          `json:"id"`
	URL               string         `json:"url"`
	Name              string         `json:"name"`
	Email             string         `json:"email"`
	CreatedAt         string         `json:"created_at"`
	UpdatedAt         string         `json:"updated_at"`
	TimeZone          string         `json:"time_zone"`
	IanaTimeZone      string         `json:"iana_time_zone"`
	Phone             any            `json:"phone"`
	Photo             any            `json:"photo"`
	LocaleID          int            `json:"locale_id"`
	Locale            string         `json:"locale"`
	OrganizationID    any            `json:"organization_id"`
	Role              string         `json:"role"`
	Verified          bool           `json:"verified"`
	ExternalID        any            `json:"external_id"`
	Tags              []string       `json:"tags"`
	Alias             any            `json:"alias"`
	Active            bool           `json:"active"`
	Shared            bool           `json:"shared"`
	SharedAgent       bool           `json:"shared_agent"`
	LastLoginAt       any            `json:"last_login_at"`
	Signature         any            `json:"signature"`
	Details           any            `json:"details"`
	Notes             any            `json:"notes"`
	CustomRoleID      any            `json:"custom_role_id"`
	Moderator         bool           `json:"moderator"`
	TicketRestriction any            `json:"ticket_restriction"`
	OnlyPrivate       bool           `json:"only_private_comments"`
	RestrictedAgent   bool           `json:"restricted_agent"`
	Suspended         bool           `json:"suspended"`
	DefaultGroupID    any            `json:"default_group_id"`
	UserFields        map[string]any `json:"user_fields"`
}

func (z *zendesk) userOf(r *http.Request, u *supportUser) zendeskUserWire {
	is := zendeskUserWire{
		ID: u.id, URL: z.url(r, fmt.Sprintf("/users/%d.json", u.id)), Name: u.name, Email: u.email,
		CreatedAt: zendeskTime(u.created), UpdatedAt: zendeskTime(u.created),
		TimeZone: "UTC", IanaTimeZone: "Etc/UTC", Phone: nullable(u.phone), LocaleID: 1, Locale: "en-US",
		Role: u.role, Verified: u.external != "", ExternalID: nullable(u.external), Tags: []string{}, Active: true,
		Suspended: u.suspended, UserFields: map[string]any{},
	}
	if u.role == "end-user" {
		is.TicketRestriction, is.RestrictedAgent = "requested", true
	}
	return is
}

// zendeskTicketWire is a ticket as Zendesk writes it.
type zendeskTicketWire struct {
	URL                 string   `json:"url"`
	ID                  int64    `json:"id"`
	ExternalID          any      `json:"external_id"`
	Via                 any      `json:"via"`
	CreatedAt           string   `json:"created_at"`
	UpdatedAt           string   `json:"updated_at"`
	Type                any      `json:"type"`
	Subject             string   `json:"subject"`
	RawSubject          string   `json:"raw_subject"`
	Description         string   `json:"description"`
	Priority            any      `json:"priority"`
	Status              string   `json:"status"`
	CustomStatusID      int64    `json:"custom_status_id"`
	Recipient           any      `json:"recipient"`
	RequesterID         int64    `json:"requester_id"`
	SubmitterID         int64    `json:"submitter_id"`
	AssigneeID          *int64   `json:"assignee_id"`
	OrganizationID      any      `json:"organization_id"`
	GroupID             any      `json:"group_id"`
	CollaboratorIDs     []int64  `json:"collaborator_ids"`
	FollowerIDs         []int64  `json:"follower_ids"`
	EmailCCIDs          []int64  `json:"email_cc_ids"`
	ProblemID           any      `json:"problem_id"`
	HasIncidents        bool     `json:"has_incidents"`
	IsPublic            bool     `json:"is_public"`
	DueAt               any      `json:"due_at"`
	Tags                []string `json:"tags"`
	CustomFields        []any    `json:"custom_fields"`
	SatisfactionRating  any      `json:"satisfaction_rating"`
	SharingAgreementIDs []int64  `json:"sharing_agreement_ids"`
	Fields              []any    `json:"fields"`
	FollowupIDs         []int64  `json:"followup_ids"`
	BrandID             int64    `json:"brand_id"`
	AllowChannelback    bool     `json:"allow_channelback"`
	AllowAttachments    bool     `json:"allow_attachments"`
}

func (z *zendesk) ticketOf(r *http.Request, t *ticket) zendeskTicketWire {
	is := zendeskTicketWire{
		URL: z.url(r, fmt.Sprintf("/tickets/%d.json", t.id)), ID: t.id, ExternalID: nullable(t.external), Via: zendeskVia(t.channel),
		CreatedAt: zendeskTime(t.created), UpdatedAt: zendeskTime(t.updated), Type: nullable(t.kind),
		Subject: t.subject, RawSubject: t.subject, Description: t.comments[0].body, Priority: nullable(t.priority),
		Status: t.status, CustomStatusID: t.customStatus, RequesterID: t.requester.id, SubmitterID: t.comments[0].author.id,
		CollaboratorIDs: []int64{}, FollowerIDs: []int64{}, EmailCCIDs: []int64{}, IsPublic: true, Tags: t.tags,
		CustomFields: []any{}, SharingAgreementIDs: []int64{}, Fields: []any{}, FollowupIDs: []int64{},
		BrandID: 1900000000500, AllowAttachments: true,
	}
	if t.assignee != nil {
		is.AssigneeID = &t.assignee.id
	}
	return is
}

func zendeskVia(channel string) any {
	none := map[string]any{}
	return map[string]any{"channel": channel, "source": map[string]any{"from": none, "to": none, "rel": nil}}
}

// zendeskCommentWire is a comment as Zendesk writes it.
type zendeskCommentWire struct {
	ID          int64  `json:"id"`
	Type        string `json:"type"`
	AuthorID    int64  `json:"author_id"`
	Body        string `json:"body"`
	HTMLBody    string `json:"html_body"`
	PlainBody   string `json:"plain_body"`
	Public      bool   `json:"public"`
	Attachments []any  `json:"attachments"`
	CreatedAt   string `json:"created_at"`
}

func zendeskCommentOf(c *comment) zendeskCommentWire {
	text := strings.ReplaceAll(html.EscapeString(c.body), "\n", "<br>")
	return zendeskCommentWire{
		ID: c.id, Type: "Comment", AuthorID: c.author.id, Body: c.body, PlainBody: c.body,
		HTMLBody: `<div class="zd-comment" dir="auto"><p dir="auto">` + text + `</p></div>`,
		Public:   c.public, Attachments: []any{}, CreatedAt: zendeskTime(c.created),
	}
}

// zendeskTime writes a time in UTC with its Z.
func zendeskTime(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// zendeskTicketInput is what a write to a ticket may say; absent members are nil.
// Members that are not here are ignored.
type zendeskTicketInput struct {
	Subject      *string   `json:"subject"`
	ExternalID   *string   `json:"external_id"`
	Status       *string   `json:"status"`
	CustomStatus *int64    `json:"custom_status_id"`
	Priority     *string   `json:"priority"`
	Type         *string   `json:"type"`
	Tags         *[]string `json:"tags"`
	AssigneeID   *int64    `json:"assignee_id"`
	RequesterID  *int64    `json:"requester_id"`
	Requester    *struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"requester"`
	Comment *struct {
		Body   string `json:"body"`
		Public *bool  `json:"public"`
	} `json:"comment"`
}

// readZendesk reads the ticket of a body; false when it has refused.
func readZendesk(w http.ResponseWriter, body []byte) (in zendeskTicketInput, ok bool) {
	var wrapper struct {
		Ticket *zendeskTicketInput `json:"ticket"`
	}
	if err := json.Unmarshal(body, &wrapper); err != nil {
		zendeskError(w, http.StatusBadRequest, "BadRequest", "The body is no JSON of a ticket")
		return in, false
	}
	if wrapper.Ticket == nil {
		zendeskBadParameter(w, "You passed an invalid value for the ticket attribute. must be an object")
		return in, false
	}
	return *wrapper.Ticket, true
}

// zendeskProblems are the details of a refused write, by member.
type zendeskProblems map[string][]map[string]string

func (p zendeskProblems) add(member, description, code string) {
	problem := map[string]string{"description": description}
	if code != "" {
		problem["error"] = code
	}
	p[member] = append(p[member], problem)
}

// refused answers 422 if there are any.
func (p zendeskProblems) refused(w http.ResponseWriter) bool {
	if len(p) > 0 {
		zendeskRefuse(w, http.StatusUnprocessableEntity, map[string]any{
			"error": "RecordInvalid", "description": "Record validation errors", "details": p,
		})
	}
	return len(p) > 0
}

// check refuses values that no ticket can have.
func (z *zendesk) check(in zendeskTicketInput, wrong zendeskProblems) {
	among := func(name string, value *string, allowed ...string) {
		if value != nil && !slices.Contains(allowed, *value) {
			wrong.add(strings.ToLower(name), name+": "+*value+" is not included in the list", "InvalidValue")
		}
	}
	among("Status", in.Status, "new", "open", "pending", "hold", "solved", "closed")
	among("Priority", in.Priority, "low", "normal", "high", "urgent")
	among("Type", in.Type, "question", "incident", "problem", "task")
	if in.AssigneeID != nil && *in.AssigneeID != z.users[0].id {
		wrong.add("assignee", "Assignee: is invalid", "InvalidValue")
	}
	if in.CustomStatus != nil && *in.CustomStatus != onItsWay {
		wrong.add("custom_status_id", "Custom status: is invalid", "InvalidValue")
	}
}

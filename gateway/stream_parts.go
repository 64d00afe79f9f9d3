package gateway

import "github.com/vektah/gqlparser/v2/gqlerror"

// multipartMixed is the media type of answers in parts.
const multipartMixed = "multipart/mixed"

// parts sends answers in parts of one body, as Apollo's clients speak it
// (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol). A part is whole
// once the next boundary has come, so that is sent with it.
type parts struct{ *outlet }

const boundary = "graphql"

func (p *parts) begin() error {
	if err := p.outlet.begin(multipartMixed + `;boundary="` + boundary + `";subscriptionSpec=1.0`); err != nil {
		return err
	}
	return p.write([]byte("\r\n--" + boundary))
}

func (p *parts) part(texts ...[]byte) error {
	all := append([][]byte{[]byte("\r\nContent-Type: application/json\r\n\r\n")}, texts...)
	return p.write(append(all, []byte("\r\n--"+boundary))...)
}

func (p *parts) next(body []byte) error { return p.part([]byte(`{"payload":`), body, []byte("}")) }

func (p *parts) beat() error { return p.part([]byte("{}")) }

func (p *parts) fail(errs gqlerror.List) error { return last(p, errorsOf(errs)) }

func (p *parts) complete() error { return p.write([]byte("--\r\n")) }

// again says that it is not the operation that has ended.
func (p *parts) again() error {
	if err := p.part([]byte(`{"payload":null,`), errorText("the gateway ends: subscribe again", codeDraining)[1:]); err != nil {
		return err
	}
	return p.complete()
}

// codeDraining is how a client learns that it is to come again, elsewhere.
const codeDraining = "DRAINING"

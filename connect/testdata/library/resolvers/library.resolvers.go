package resolvers

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect"
	"holdfast/connect/mapping"
	"holdfast/connect/testdata/library/graph/model"
	"holdfast/graph/scalar"
)

// Search says how its arguments came.
func (r *queryResolver) Search(_ context.Context, in *model.Filter, kinds []model.Kind, mail *scalar.EmailAddress) ([]string, error) {
	said := []string{fmt.Sprint(kinds)}
	if mail != nil {
		said = append(said, string(*mail))
	}
	for ; in != nil; in = in.Not.Value() {
		text, given := in.Text.ValueOK()
		switch {
		case !given:
			said = append(said, "left out")
		case text == nil:
			said = append(said, "null")
		default:
			said = append(said, *text)
		}
		if n := in.Limit.Value(); n != nil {
			said = append(said, fmt.Sprint(*n))
		}
	}
	return said, nil
}

// Thing is an object of one type of several.
func (r *queryResolver) Thing(_ context.Context, kind model.Kind) (model.Thing, error) {
	if kind == model.KindPoem {
		return &model.Author{ID: "2"}, nil // a stub
	}
	return r.Query().Best(context.Background())
}

// Things are some of each.
func (r *queryResolver) Things(ctx context.Context) ([]model.Thing, error) {
	best, err := r.Best(ctx)
	return []model.Thing{best, nil, &model.Author{ID: "1"}}, err
}

// Best is a book that no API knows.
func (r *queryResolver) Best(context.Context) (*model.Book, error) {
	return &model.Book{
		ID: "0", Title: "Unwritten", Author: &model.Author{ID: "1"}, HiddenWriterKey: mapping.StringValue("w1"),
		Price: &scalar.Money{AmountMinor: 1250, Currency: "EUR"},
	}, nil
}

// RenameBoth writes twice.
func (r *mutationResolver) RenameBoth(ctx context.Context, to string) ([]*model.Book, error) {
	var both []*model.Book
	for _, id := range []string{"1", "2"} {
		b, err := connect.One[*model.Book](ctx, "Mutation.rename", connect.Args{"id": id, "to": to})
		if err != nil {
			return nil, err
		}
		both = append(both, b)
	}
	return both, nil
}

// Shout is for one book at a time.
func (r *bookResolver) Shout(_ context.Context, b *model.Book, twice *bool) (string, error) {
	if b.Title == "" {
		return "", fmt.Errorf("book %s has no title", b.ID)
	}
	text := strings.ToUpper(b.Title) + "!"
	if twice != nil && *twice {
		text += text
	}
	return text, nil
}

// Seen is what the test says.
func (r *bookResolver) Seen(ctx context.Context, b *model.Book) (*string, error) {
	said, err := r.Resolver.Seen(ctx, b.ID)
	return &said, err
}

// Cheaper takes a value object and gives one.
func (r *bookResolver) Cheaper(_ context.Context, bs []*model.Book) ([]*scalar.Money, error) {
	all := make([]*scalar.Money, len(bs))
	for i, b := range bs {
		if b.Price != nil {
			all[i] = &scalar.Money{AmountMinor: b.Price.AmountMinor / 2, Currency: b.Price.Currency}
		}
	}
	return all, nil
}

// Similar gives the books as they came, and with them what is wrong with them.
func (r *bookResolver) Similar(_ context.Context, bs []*model.Book) ([][]*model.Book, error) {
	all := make([][]*model.Book, len(bs))
	for i, b := range bs {
		all[i] = []*model.Book{b}
	}
	return all, nil
}

// Broken is what the test says.
func (r *bookResolver) Broken(ctx context.Context, bs []*model.Book) ([]*int, error) {
	ids := make([]string, len(bs))
	for i, b := range bs {
		ids[i] = b.ID
	}
	return r.Resolver.Broken(ctx, ids)
}

// Age fails for authors whose birth nobody knows.
func (r *authorResolver) Age(_ context.Context, as []*model.Author, in int) ([]*int, error) {
	ages, errs := make([]*int, len(as)), make(graphql.BatchErrorList, len(as))
	for i, a := range as {
		if a.Born == nil {
			errs[i] = fmt.Errorf("nobody knows when %s was born", a.ID)
			continue
		}
		ages[i] = new(in - *a.Born)
	}
	return ages, errs
}

// Titles asks through the connector of Author.books.
func (r *authorResolver) Titles(ctx context.Context, as []*model.Author) ([][]string, error) {
	books, err := connect.Each[[]*model.Book](ctx, "Author.books", as, nil)
	titles := make([][]string, len(as))
	for i, list := range books {
		for _, b := range list {
			titles[i] = append(titles[i], b.Title)
		}
	}
	return titles, err
}

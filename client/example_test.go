package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"stele/client"
)

// The package at one glance: a table, rows, a condition.
func Example() {
	c, stop := demo() // client.New("http://127.0.0.1:8080", "app-...")
	defer stop()
	ctx := context.Background()

	table, err := c.CreateTable(ctx, client.NewTable{Name: "parcels", Description: "parcels on their way", Fields: []client.Field{
		{Name: "code", Description: "tracking code", Type: client.Text, Required: true, Unique: true},
		{Name: "weight_g", Description: "weight in grams", Type: client.Int},
	}})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Import(ctx, table, []client.Row{{"code": "PX-1", "weight_g": 1200}, {"code": "PX-2", "weight_g": 800}, {"code": "PX-3"}})
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range c.Records(ctx, table, client.RecordQuery{Where: client.Gt("weight_g", 1000)}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Value["code"], r.Value["weight_g"])
	}
	// Output: PX-1 1200
}

// Conditions are made of each other; the order and the fields are chosen too.
func ExampleClient_Records() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()
	table := parcels(ctx, c)

	q := client.RecordQuery{
		Where:  client.And(client.StartsWith("code", "px-"), client.Or(client.Gt("weight_g", 1000), client.IsNull("weight_g"))),
		Sort:   []client.Sort{{Field: "code", Order: client.Descending}},
		Fields: []string{"code"},
	}
	for r, err := range c.Records(ctx, table, q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Value["code"])
	}
	// Output:
	// PX-3
	// PX-1
}

// A record in a struct; where there may be no value, the field is a pointer.
func ExampleDecode() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()
	table := parcels(ctx, c)

	type parcel struct {
		Code   string `stele:"code"`
		Weight *int64 `stele:"weight_g"`
	}
	for r, err := range c.Records(ctx, table, client.RecordQuery{}) {
		if err != nil {
			log.Fatal(err)
		}
		p, err := client.Decode[parcel](r)
		if err != nil {
			log.Fatal(err)
		}
		if p.Weight == nil {
			fmt.Println(p.Code, "was not weighed")
		} else {
			fmt.Println(p.Code, *p.Weight)
		}
	}
	// Output:
	// PX-1 1200
	// PX-2 800
	// PX-3 was not weighed
}

// An import that changes records by a unique field, and tells what became of each row.
func ExampleClient_ImportAs() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()
	table := parcels(ctx, c)

	rows := []client.Row{{"code": "PX-1", "weight_g": 1250}, {"code": "PX-2", "weight_g": 800}, {"code": "PX-4", "weight_g": "heavy"}, {"code": "PX-5"}}
	task, err := c.ImportAs(ctx, table, rows, client.How{Mode: client.Upsert, Key: "code"})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range task.Rows {
		fmt.Println(row.Row, row.Status)
		for _, e := range row.Errors {
			fmt.Println("  ", e.Reason)
		}
	}
	// Output:
	// 1 updated
	// 2 unchanged
	// 3 failed
	//    `weight_g` has an invalid value for type INT.
	// 4 created
}

// Any number of rows. With a prefix for its keys a run that was interrupted can be made again, and adds nothing twice.
func ExampleImporter() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()
	table := parcels(ctx, c)

	i := client.NewImporter(c, table, client.ImportOptions{Mode: client.Partial, KeyPrefix: "parcels-of-monday"})
	for n := 1; n <= 2500; n++ {
		if err := i.Add(ctx, client.Row{"code": fmt.Sprint("PX-", n), "weight_g": n}); err != nil {
			log.Fatal(err)
		}
	}
	sum, err := i.Close(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum.Created, "created in", sum.Batches, "batches")
	for _, f := range sum.Failures {
		fmt.Println("row", f.Row, f.Errors[0].Reason)
	}
	// Output:
	// 2497 created in 3 batches
	// row 1 Duplicate entry 'PX-1' for key 'parcels.code'
	// row 2 Duplicate entry 'PX-2' for key 'parcels.code'
	// row 3 Duplicate entry 'PX-3' for key 'parcels.code'
}

// A question in SQL, with its answer in structs.
func ExampleClient_Ask() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()
	parcels(ctx, c)

	answer, err := c.Ask(ctx, client.Question{SQL: "SELECT code, weight_g FROM parcels WHERE weight_g < $1 ORDER BY code", Params: []any{1000}})
	if err != nil {
		log.Fatal(err)
	}
	light, err := client.DecodeRows[struct {
		Code   string
		Weight int `stele:"weight_g"`
	}](answer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", light)
	// Output: [{Code:PX-2 Weight:800}]
}

// What went wrong: a refusal has its published code; what got no answer, and how often it was tried, are errors of their own.
func ExampleError() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()

	_, err := c.Import(ctx, strings.Repeat("0", 24), []client.Row{{"code": "PX-1"}})
	var refused *client.Error
	if errors.As(err, &refused) && refused.Code == client.CodeTableNotFound {
		fmt.Println("there is no such table: HTTP", refused.Status)
	}

	stop()
	c.Retry = client.RetryPolicy{Attempts: 3, Base: time.Millisecond}
	err = c.Ready(ctx)
	var silent *client.UnreachableError
	fmt.Println(errors.As(err, &silent))
	_, err = c.Verify(ctx)
	var tried *client.RetryError
	if errors.As(err, &tried) {
		fmt.Println("no answer after", tried.Attempts, "attempts")
	}
	// Output:
	// there is no such table: HTTP 404
	// true
	// no answer after 3 attempts
}

// A key of the program's own for a write that it may make again after a crash: it is applied once.
func ExampleIdempotencyKey() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()
	table := parcels(ctx, c)

	for range 2 {
		if _, err := c.Import(ctx, table, []client.Row{{"code": "PX-9"}}, client.IdempotencyKey("order-4711")); err != nil {
			log.Fatal(err)
		}
	}
	page, err := c.RecordsPage(ctx, table, client.RecordQuery{Filter: client.Row{"code": "PX-9"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Total)
	// Output: 1
}

// The admin key makes agents and keys.
func ExampleClient_CreateKey() {
	c, stop := demo()
	defer stop()
	ctx := context.Background()

	admin := client.New(c.URL, "adm-0123456789abcdef") // the server's DATA/admin.key
	if _, err := admin.CreateAgent(ctx, "shipping"); err != nil {
		log.Fatal(err)
	}
	key, err := admin.CreateKey(ctx, "shipping", client.KeySpec{Scopes: []string{"read"}, RPM: 60})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Scopes, key.RPM, strings.HasPrefix(key.Secret, "app-"))
	for a, err := range admin.Agents(ctx) {
		fmt.Println(a.Name, err)
	}
	// Output:
	// [read] 60 true
	// default <nil>
	// shipping <nil>
}

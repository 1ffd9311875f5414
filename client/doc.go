// Package client is the Go client of Stele: tables for AI agents over HTTP.
//
//	c := client.New("http://127.0.0.1:8080", "app-...")
//	table, err := c.CreateTable(ctx, client.NewTable{Name: "parcels", Description: "parcels on their way", Fields: []client.Field{
//		{Name: "code", Type: client.Text, Required: true, Unique: true}, {Name: "weight_g", Type: client.Int},
//	}})
//
// Every endpoint of the Database API and of the admin API is a method of [Client], with a context first; [Client.MCP] carries messages of the
// Model Context Protocol as they are. Where the API takes
// members of Stele's own (modes, receipts, trials, conditions, orders, cursors), so do the methods and their options.
//
// # Values
//
// A [Row] is a map from field names to values. What comes back is nil, string, bool or json.Number, so that no digit is lost;
// an INT that a double cannot hold comes as a string. [Decode] and [DecodeRows] put records and answers into structs, and refuse
// what would not fit rather than round it.
//
// # What goes wrong
//
// A refusal by the server is an [*Error], with its published code. An [*UnreachableError] says that no answer came. What was
// tried more than once is within a [*RetryError], which says how often. Use errors.As for all of them.
//
// # Again, but once
//
// A call that got no answer, or was refused because the server or the key is too busy, is made again: [RetryPolicy] says how often.
// Each write of tables and records bears an Idempotency-Key, one for all attempts, by which the server applies it once. Its key is
// made by chance; with the option [IdempotencyKey] it is the caller's, and a program that starts over can repeat its calls too.
//
// A client made by [New] counts the requests that its key has left in the minute and waits for the next minute before the server
// refuses it.
//
// # Many rows
//
// An [Importer] takes any number of rows, one after the other, and sends them in batches, several at a time; [Client.UpdateAll] and
// [Client.DeleteAll] cut what is too long for one request. Records, tables and
// agents come back by iterators: for r, err := range c.Records(ctx, table, client.RecordQuery{}).
//
// Who has rows as JSON already, or only passes values on, need not have maps made of them: [Importer.AddJSON] takes a row as it is, and
// [Client.Values] hands values on as they came.
package client

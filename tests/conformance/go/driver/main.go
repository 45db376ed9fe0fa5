// The official Go client, called as the table says: a request a line, an answer a line.
//
// Environment: SCOREKEEPER_ADDRESS (HOST:PORT). README.md says what a request and an answer hold.
// Arguments are unmarshalled into the client's types; an answer is read from its structs, field by
// field (reading.go), under the names of their tags.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"
)

type settings struct {
	ApiKey  *string           `json:"api_key"`
	AppKey  *string           `json:"app_key"`
	Headers map[string]string `json:"headers"`
	Retry   bool              `json:"retry"`
}

type request struct {
	Operation string
	Api       string
	Path      string
	Arguments map[string]json.RawMessage
	Query     map[string]json.RawMessage
	Body      json.RawMessage
	Items     bool
	Client    settings
}

type members map[string]any

var (
	placeholder = regexp.MustCompile(`\{(\w+)\}`)
	separator   = regexp.MustCompile(`[\[\]_]+`)
)

func main() {
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for {
		line, end := lines.ReadBytes('\n')
		if end != nil {
			return
		}
		if problem := answers.Encode(answerTo(line)); problem != nil {
			fmt.Fprintln(os.Stderr, problem)
			os.Exit(1)
		}
	}
}

// A panic, of the client too, is an answer: the check fails.
func answerTo(line []byte) (answer members) {
	defer func() {
		if panicked := recover(); panicked != nil {
			answer = members{"problem": fmt.Sprint(panicked)}
		}
	}()
	var asked request
	must(json.Unmarshal(line, &asked))
	return asked.call()
}

func must(problem error) {
	if problem != nil {
		panic(problem)
	}
}

func (s settings) context() context.Context {
	keys := map[string]datadog.APIKey{}
	if s.ApiKey != nil {
		keys["apiKeyAuth"] = datadog.APIKey{Key: *s.ApiKey}
	}
	if s.AppKey != nil {
		keys["appKeyAuth"] = datadog.APIKey{Key: *s.AppKey}
	}
	ctx := datadog.NewDefaultContext(context.Background())
	ctx = context.WithValue(ctx, datadog.ContextServerIndex, 1)
	ctx = context.WithValue(ctx, datadog.ContextAPIKeys, keys)
	return context.WithValue(ctx, datadog.ContextServerVariables, map[string]string{
		"protocol": "http",
		"name":     os.Getenv("SCOREKEEPER_ADDRESS"),
	})
}

func (r *request) api() reflect.Value {
	configuration := datadog.NewConfiguration()
	configuration.SetUnstableOperationEnabled("v2.CreateScorecardOutcomesBatch", true)
	configuration.RetryConfiguration.EnableRetry = r.Client.Retry
	for name, value := range r.Client.Headers {
		configuration.AddDefaultHeader(name, value)
	}
	client := datadog.NewAPIClient(configuration)
	return reflect.ValueOf(map[string]any{
		"Scorecards":        datadogV2.NewScorecardsApi(client),
		"SoftwareCatalog":   datadogV2.NewSoftwareCatalogApi(client),
		"ServiceDefinition": datadogV2.NewServiceDefinitionApi(client),
	}[r.Api])
}

// The context, what is in the path, the body, and the optional parameters.
func (r *request) arguments(method reflect.Type) []reflect.Value {
	given := []json.RawMessage{}
	for _, found := range placeholder.FindAllStringSubmatch(r.Path, -1) {
		given = append(given, r.Arguments[found[1]])
	}
	if r.Body != nil {
		given = append(given, r.Body)
	}
	arguments := []reflect.Value{reflect.ValueOf(r.Client.context())}
	for i, text := range given {
		argument := reflect.New(method.In(i + 1))
		must(json.Unmarshal(text, argument.Interface()))
		arguments = append(arguments, argument.Elem())
	}
	if len(r.Query) > 0 {
		optional := reflect.New(method.In(method.NumIn() - 1).Elem()).Elem()
		for name, text := range r.Query {
			field := optional.FieldByName(nameOf(name))
			if !field.IsValid() {
				panic("the client has no parameter " + name)
			}
			must(json.Unmarshal(text, field.Addr().Interface()))
		}
		arguments = append(arguments, optional)
	}
	return arguments
}

// The client's name for a name of the wire: filter[rule][id] is FilterRuleId.
func nameOf(wire string) string {
	name := ""
	for _, word := range separator.Split(wire, -1) {
		if word != "" {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return name
}

func (r *request) call() members {
	if r.Items {
		return r.collect()
	}
	method := r.api().MethodByName(r.Operation)
	results := method.Call(r.arguments(method.Type()))
	failure, _ := results[len(results)-1].Interface().(error)
	response, _ := results[len(results)-2].Interface().(*http.Response)
	if failure != nil {
		return refusal(failure, response)
	}
	reading := newReading()
	answer := reading.answer(nil)
	if len(results) == 3 {
		answer = reading.answer(reading.read(results[0]))
	}
	hear(answer, response)
	return answer
}

// All items of a list that the client pages through by itself.
func (r *request) collect() members {
	method := r.api().MethodByName(r.Operation + "WithPagination")
	results := method.Call(r.arguments(method.Type()))
	defer results[1].Call(nil)
	reading, items := newReading(), []any{}
	for {
		item, open := results[0].Recv()
		if !open {
			return reading.answer(items)
		}
		if failure, _ := item.FieldByName("Error").Interface().(error); failure != nil {
			panic(failure)
		}
		items = append(items, reading.read(item.FieldByName("Item")))
	}
}

func refusal(failure error, response *http.Response) members {
	var refused datadog.GenericOpenAPIError
	if response == nil || !errors.As(failure, &refused) {
		panic(failure)
	}
	answer := members{}
	hear(answer, response)
	answer["body"] = string(refused.Body())
	if model := refused.Model(); model != nil {
		answer["model"] = reflect.TypeOf(model).Name()
		answer["tree"] = newReading().read(reflect.ValueOf(model))
	}
	return members{"error": answer}
}

// The answer as it came.
func hear(answer members, response *http.Response) {
	headers := map[string]string{}
	for name := range response.Header {
		headers[strings.ToLower(name)] = response.Header.Get(name)
	}
	answer["status"], answer["headers"] = response.StatusCode, headers
	if body, problem := io.ReadAll(response.Body); problem == nil {
		answer["body"] = string(body)
	}
}

package checks

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
)

// Context points calls at the server under test; its keys are those of the environment.
func Context() context.Context {
	ctx := datadog.NewDefaultContext(context.Background())
	ctx = context.WithValue(ctx, datadog.ContextServerIndex, 1)
	return context.WithValue(ctx, datadog.ContextServerVariables, map[string]string{
		"protocol": "http",
		"name":     Environment("SCOREKEEPER_ADDRESS"),
	})
}

// ContextWithKeys is Context with other keys; an empty one is not sent.
func ContextWithKeys(apiKey, applicationKey string) context.Context {
	keys := map[string]datadog.APIKey{}
	if apiKey != "" {
		keys["apiKeyAuth"] = datadog.APIKey{Key: apiKey}
	}
	if applicationKey != "" {
		keys["appKeyAuth"] = datadog.APIKey{Key: applicationKey}
	}
	return context.WithValue(Context(), datadog.ContextAPIKeys, keys)
}

// ErrorItem is one of the errors of an error document.
type ErrorItem struct {
	Status string
	Title  string
	Detail string
}

// Done is the answer of a call that must succeed.
func Done[V any](answer V, response *http.Response, err error) V {
	Succeeded(response, err)
	Parsed(answer)
	return answer
}

// Succeeded is met when a call without an answer did not fail.
func Succeeded(_ *http.Response, err error) {
	if err != nil {
		Fail("wanted an answer, got %v %s", err, bodyOf(err))
	}
}

// Refused is met when the call failed with the status; the body that the error carries.
func Refused(response *http.Response, err error, status int) []byte {
	if err == nil {
		Fail("wanted an error with status %d, got an answer", status)
	}
	if response == nil {
		Fail("wanted a response with status %d, got %v", status, err)
	}
	if response.StatusCode != status {
		Fail("wanted status %d, got %d %s", status, response.StatusCode, bodyOf(err))
	}
	return bodyOf(err)
}

// RefusedWith is Refused, and the first error of the document must be the wanted one.
func RefusedWith(response *http.Response, err error, status int, wanted ErrorItem) {
	var document struct{ Errors []ErrorItem }
	body := Refused(response, err, status)
	if problem := json.Unmarshal(body, &document); problem != nil {
		Fail("an error document: %v in %s", problem, body)
	}
	Expect(len(document.Errors) > 0, "errors in the document")
	Equal(document.Errors[0], wanted, "the first error")
}

// Model is what the client made of an error's body.
func Model[M any](err error) M {
	var refusal datadog.GenericOpenAPIError
	Expect(errors.As(err, &refusal), "an error of the client")
	model, typed := refusal.Model().(M)
	if !typed {
		Fail("the error's model: wanted %T, got %#v", model, refusal.Model())
	}
	return model
}

func bodyOf(err error) []byte {
	var refusal datadog.GenericOpenAPIError
	if errors.As(err, &refusal) {
		return refusal.Body()
	}
	return nil
}

// ReadJSON reads the body of a response whose client does not type it.
func ReadJSON(body io.Reader, document any) {
	if problem := json.NewDecoder(body).Decode(document); problem != nil {
		Fail("a JSON document: %v", problem)
	}
}

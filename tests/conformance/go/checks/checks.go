// Package checks is what the programs of the official Go client share: expectations, and the
// lines that tests/conformance/run reads. An expectation that is not met ends its check.
package checks

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
)

type failure struct{ reason string }

type check struct {
	operation string
	sentence  string
	run       func()
}

var registered []check

// Add registers a check of an operation; it passes when it returns.
func Add(operation, sentence string, run func()) {
	registered = append(registered, check{operation, sentence, run})
}

// Run runs all checks, in the order of their registration, and prints a line for each.
func Run() {
	for _, each := range registered {
		if reason := reasonOfFailure(each.run); reason == "" {
			fmt.Printf("PASS\t%s\t%s\n", each.operation, each.sentence)
		} else {
			fmt.Printf("FAIL\t%s\t%s\t%s\n", each.operation, each.sentence, reason)
		}
	}
	fmt.Printf("END\t%d\n", len(registered))
}

// A panic of the client is a failed check too: it must not hide the others.
func reasonOfFailure(run func()) (reason string) {
	defer func() {
		switch got := recover().(type) {
		case nil:
		case failure:
			reason = onOneLine(got.reason)
		default:
			reason = onOneLine(fmt.Sprintf("panic: %v", got))
		}
	}()
	run()
	return ""
}

func onOneLine(text string) string {
	line := strings.Join(strings.Fields(text), " ")
	if len(line) > 1000 {
		line = strings.ToValidUTF8(line[:1000], "")
	}
	return line
}

// Fail ends the check.
func Fail(format string, arguments ...any) {
	panic(failure{fmt.Sprintf(format, arguments...)})
}

// Expect is met when the condition holds.
func Expect(condition bool, wanted string) {
	if !condition {
		Fail("wanted: %s", wanted)
	}
}

// Equal is met when both values are deeply equal.
func Equal[V any](got, wanted V, what string) {
	if !reflect.DeepEqual(got, wanted) {
		Fail("%s: wanted %#v, got %#v", what, wanted, got)
	}
}

// Recent is met when the time is one of the last minutes.
func Recent(got time.Time, what string) {
	age := time.Since(got)
	Expect(age > -time.Minute && age < 10*time.Minute, fmt.Sprintf("%s of now, got %s", what, got))
}

// Parsed is met when each object of the answer has the type that the client expects.
func Parsed(answer any) {
	if unparsed, object := datadog.ContainsUnparsedObject(answer); unparsed {
		Fail("the answer holds an unparsed object: %v", object)
	}
}

// Environment is the value of a variable that the runner sets.
func Environment(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintf(os.Stderr, "%s is not set\n", name)
		os.Exit(2)
	}
	return value
}

// RecentText is Recent for a time that the client has as text.
func RecentText(got, what string) {
	parsed, problem := time.Parse(time.RFC3339Nano, got)
	if problem != nil {
		Fail("%s must be a date-time: %v", what, problem)
	}
	Recent(parsed, what)
}

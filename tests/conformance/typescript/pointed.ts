// The official TypeScript client against a server of ours, pointed at it by server variables.
//
// Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, READ_ONLY_APP_KEY. Prints
// one line for each check, in the form that tests/conformance/run reads.

// Importing them registers their checks, in this order.
import "./outcomes";
import "./rules";
import "./scores";
import "./campaigns";
import "./catalog";
import "./definitions";
import "./forms";
import "./paging";
import "./typed_forms";
import { runChecks } from "./support";

void runChecks();

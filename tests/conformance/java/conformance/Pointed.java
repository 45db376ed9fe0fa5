package conformance;

/**
 * The official Java client against a server of ours, pointed at it by server variables.
 *
 * <p>Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, READ_ONLY_APP_KEY.
 * Prints one line for each check, in the form that tests/conformance/run reads.
 */
final class Pointed {
  private Pointed() {}

  public static void main(String[] arguments) {
    Outcomes.register();
    Refused.register();
    Rules.register();
    Entities.register();
    Kinds.register();
    Definitions.register();
    Forms.register();
    Paging.register();
    Checks.runAll();
  }
}

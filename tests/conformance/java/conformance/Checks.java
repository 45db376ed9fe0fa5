package conformance;

import com.datadog.api.client.AbstractOpenApiSchema;
import com.datadog.api.client.ModelEnum;
import com.datadog.api.client.UnparsedObject;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Functions that the programs share: expectations, and the lines that tests/conformance/run reads. */
final class Checks {
  /** A check; it passes when it returns. */
  interface Body {
    void run() throws Exception;
  }

  private record Check(String operation, String sentence, Body body) {}

  private static final List<Check> CHECKS = new ArrayList<>();

  private Checks() {}

  static void check(String operation, String sentence, Body body) {
    CHECKS.add(new Check(operation, sentence, body));
  }

  /** Runs all checks, in the order of their registration, and prints a line for each. */
  static void runAll() {
    for (Check check : CHECKS) {
      String line = check.operation + "\t" + check.sentence;
      try {
        check.body.run();
        System.out.println("PASS\t" + line);
      } catch (Exception | AssertionError | LinkageError error) {
        String reason = error.toString().replaceAll("\\s+", " ");
        System.out.println("FAIL\t" + line + "\t" + reason.substring(0, Math.min(1000, reason.length())));
      }
    }
    System.out.println("END\t" + CHECKS.size());
  }

  static void expect(boolean condition, String wanted) {
    if (!condition) {
      throw new AssertionError("wanted: " + wanted);
    }
  }

  static void expectEqual(Object got, Object wanted, String what) {
    if (!Objects.equals(got, wanted)) {
      throw new AssertionError(what + ": wanted " + wanted + ", got " + got);
    }
  }

  /** Both lists have the same items, each once. */
  static void expectAllOnce(List<String> got, List<String> wanted, String what) {
    expectEqual(got.stream().sorted().toList(), wanted.stream().sorted().toList(), what);
  }

  static void expectRecent(OffsetDateTime time, String what) {
    Duration age = Duration.between(time, OffsetDateTime.now());
    boolean recent = age.compareTo(Duration.ofMinutes(-1)) > 0
        && age.compareTo(Duration.ofMinutes(10)) < 0;
    expect(recent, what + " of now, got " + time);
  }

  /** For a time that the client has as text. */
  static void expectRecent(String time, String what) {
    expectRecent(OffsetDateTime.parse(time), what);
  }

  /** The answer, each object of which must have the type that the client expects. */
  static <T> T parsed(T answer) throws IllegalAccessException {
    expectParsed(answer, "answer");
    return answer;
  }

  private static void expectParsed(Object value, String where) throws IllegalAccessException {
    expect(!(value instanceof UnparsedObject), where + " of a known form, got " + value);
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        expectParsed(list.get(i), where + "[" + i + "]");
      }
    } else if (value instanceof Map<?, ?> || value instanceof ModelEnum<?>) {
      return; // a free object; an enum is judged by what holds it
    } else if (value instanceof AbstractOpenApiSchema oneOf) {
      expectParsed(oneOf.getActualInstance(), where);
    } else if (value != null && value.getClass().getName().startsWith("com.datadog.")) {
      expectParsedFields(value, where);
    }
  }

  private static void expectParsedFields(Object value, String where) throws IllegalAccessException {
    for (Field field : value.getClass().getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      field.setAccessible(true);
      Object member = field.get(value);
      boolean unparsed = field.getName().equals("unparsed") && Boolean.TRUE.equals(member);
      expect(!unparsed, where + " without unparsed objects, got " + value);
      expectParsed(member, where + "." + field.getName());
    }
  }
}

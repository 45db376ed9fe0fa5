package conformance;

import com.datadog.api.client.AbstractOpenApiSchema;
import com.datadog.api.client.ModelEnum;
import com.datadog.api.client.UnparsedObject;
import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.Method;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.openapitools.jackson.nullable.JsonNullable;

/** The contents of an answer, read from the client's models; the models that it has met. */
final class Reading {
  private final Set<String> models = new TreeSet<>();
  private final List<String> unparsed = new ArrayList<>();

  Set<String> models() {
    return models;
  }

  List<String> unparsed() {
    return unparsed;
  }

  Object read(Object value) throws ReflectiveOperationException {
    if (value instanceof UnparsedObject raw) {
      unparsed.add(String.valueOf(raw.getData()));
      return read(raw.getData());
    }
    if (value instanceof List<?> list) {
      var items = new ArrayList<Object>();
      for (Object item : list) {
        items.add(read(item));
      }
      return items;
    }
    if (value instanceof Map<?, ?> map) {
      var tree = new HashMap<String, Object>();
      for (var member : map.entrySet()) {
        tree.put(String.valueOf(member.getKey()), read(member.getValue()));
      }
      return tree;
    }
    if (value instanceof OffsetDateTime time) {
      return Map.of("$time", time.toInstant().toString());
    }
    if (value instanceof ModelEnum<?> named) {
      if (!named.isValid()) {
        unparsed.add(named.getClass().getSimpleName() + " " + named.getValue());
      }
      return Map.of("$enum", named.getValue());
    }
    if (value instanceof JsonNullable<?> nullable) {
      return read(nullable.orElse(null));
    }
    if (value instanceof AbstractOpenApiSchema oneOf) {
      return read(oneOf.getActualInstance());
    }
    boolean model = value != null && value.getClass().getName().startsWith("com.datadog.");
    return model ? readModel(value) : value;
  }

  private Map<String, Object> readModel(Object model) throws ReflectiveOperationException {
    String name = model.getClass().getSimpleName();
    models.add(name);
    if (model.getClass().getField("unparsed").getBoolean(model)) {
      unparsed.add(name);
    }
    var tree = new HashMap<String, Object>();
    for (Method getter : model.getClass().getMethods()) {
      JsonProperty property = getter.getAnnotation(JsonProperty.class);
      boolean others = getter.isAnnotationPresent(JsonAnyGetter.class);
      if (getter.getParameterCount() > 0 || property == null && !others) {
        continue;
      }
      Object member = read(getter.invoke(model));
      if (member != null) {
        tree.put(others ? "$untyped" : property.value(), member);
      }
    }
    return tree;
  }
}

package dev.baton.worker;

import dev.baton.Emission;
import dev.baton.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes the fields of stream entries: names and values in turn. Thread-safe.
final class EntryFields {

    /// Put before a field's name that is taken by one of ours, a constant or a processor's own.
    private static final String PREFIX = "payload.";

    private final StreamForm form;
    private final byte[] id;
    private final byte[] payload;
    private final byte[] workerField;
    private final byte[] position;
    private final byte[] channel;
    private final byte[] workerId;
    private final List<byte[]> constants = new ArrayList<>();
    private final Set<String> taken = new HashSet<>();
    private final FlatReader flat;

    /// @param workerId whose entries they are
    EntryFields(StreamForm form, String workerId, int maxPayloadBytes) {
        this.form = form;
        this.id = bytes(form.name("message_id"));
        this.payload = bytes(form.name("payload"));
        this.workerField = bytes(form.name("worker"));
        this.position = bytes(form.name("position"));
        this.channel = bytes(form.name("channel"));
        this.workerId = bytes(workerId);
        this.flat = new FlatReader(maxPayloadBytes);
        StreamForm.OURS.forEach(name -> taken.add(form.name(name)));
        form.constants()
                .forEach(
                        (name, value) -> {
                            constants.add(bytes(name));
                            constants.add(bytes(value));
                            taken.add(name);
                        });
    }

    /// The fields of a message that is passed on.
    List<byte[]> of(Message message, byte[] content) {
        return of(message, content, Map.of());
    }

    /// The fields of what a processor emits; its own come last.
    List<byte[]> of(Message message, Emission emission) {
        return of(message, emission.payload(), emission.fields());
    }

    private List<byte[]> of(Message message, byte[] content, Map<String, String> more) {
        List<byte[]> fields = new ArrayList<>(10 + constants.size() + 2 * more.size());
        add(fields, id, bytes(message.id()));
        List<FlatReader.Field> members = form.flat() ? flat.read(content) : null;
        if (members == null) {
            add(fields, payload, content);
        }
        add(fields, workerField, workerId);
        add(fields, position, bytes(message.position().toString()));
        String from = message.channel();
        if (from != null) {
            add(fields, channel, bytes(from));
        }
        fields.addAll(constants);
        if (members != null || !more.isEmpty()) {
            addTheirs(fields, members == null ? List.of() : members, message.id(), more);
        }
        return fields;
    }

    /// The payload's own fields, then the processor's. A name that nobody else has stays as it is, so all of them are known
    /// before another one is made up. The id is not written twice where it has the same name.
    private void addTheirs(
            List<byte[]> fields,
            List<FlatReader.Field> members,
            String messageId,
            Map<String, String> more) {
        Set<String> used = new HashSet<>(taken);
        used.addAll(more.keySet());
        members.forEach(member -> used.add(member.name()));
        for (FlatReader.Field member : members) {
            String name = member.name();
            boolean isTheId =
                    name.equals(form.name("message_id")) && member.text().equals(messageId);
            boolean clashes = taken.contains(name) || more.containsKey(name);
            if (!isTheId) {
                add(fields, bytes(clashes ? free(name, used) : name), bytes(member.text()));
            }
        }
        more.forEach(
                (name, value) ->
                        add(
                                fields,
                                bytes(taken.contains(name) ? free(name, used) : name),
                                bytes(value)));
    }

    /// A name that nobody uses; now it is used.
    private static String free(String name, Set<String> used) {
        String free = PREFIX + name;
        while (!used.add(free)) {
            free = PREFIX + free;
        }
        return free;
    }

    private static void add(List<byte[]> fields, byte[] name, byte[] value) {
        fields.add(name);
        fields.add(value);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.baton.worker;

import dev.baton.Emission;
import dev.baton.Message;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import dev.baton.slice.PassedFields;
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

    private static final byte[] NOTHING = {};

    private final StreamForm form;
    private final PassedFields ours;
    private final Set<String> taken = new HashSet<>();
    private final FlatReader flat;

    /// @param workerId whose entries they are
    EntryFields(StreamForm form, String workerId, int maxPayloadBytes) {
        this.form = form;
        this.flat = new FlatReader(maxPayloadBytes);
        StreamForm.OURS.forEach(name -> taken.add(form.name(name)));
        List<byte[]> constants = new ArrayList<>();
        form.constants()
                .forEach(
                        (name, value) -> {
                            add(constants, bytes(name), bytes(value));
                            taken.add(name);
                        });
        this.ours =
                new PassedFields(
                        bytes(form.name("message_id")),
                        bytes(form.name("payload")),
                        bytes(form.name("worker")),
                        bytes(workerId),
                        bytes(form.name("position")),
                        bytes(form.name("channel")),
                        constants);
    }

    /// A message that is passed on: where its payload stays as it is, the store still has it.
    Finish passOn(Message message, Entry entry) {
        return form.flat()
                ? new Finish.Emit(
                        List.of(
                                new Finish.StreamEntry(
                                        null, of(message, entry.payload(), Map.of()))))
                : new Finish.PassOn(bytes(message.id()), entry, ours);
    }

    /// The fields of what a processor emits; its own come last.
    List<byte[]> of(Message message, Emission emission) {
        return of(message, emission.payload(), emission.fields());
    }

    private List<byte[]> of(Message message, byte[] content, Map<String, String> more) {
        byte[] messageId = bytes(message.id());
        byte[] at = bytes(message.position().toString());
        String channel = message.channel();
        byte[] from = channel == null ? NOTHING : bytes(channel);
        List<FlatReader.Field> members = form.flat() ? flat.read(content) : null;
        List<byte[]> fields =
                members == null
                        ? ours.of(messageId, content, at, from)
                        : ours.withoutPayload(messageId, at, from);
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

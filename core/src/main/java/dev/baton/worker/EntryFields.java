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

    /// What a top-level field of a message is put before when it is called like one of ours.
    private static final String OF_THE_PAYLOAD = "payload.";

    private final StreamForm form;
    private final byte[] id;
    private final byte[] payload;
    private final byte[] worker;
    private final byte[] position;
    private final byte[] channel;
    private final byte[] workerName;
    private final List<byte[]> constants = new ArrayList<>();
    private final Set<String> taken = new HashSet<>();
    private final FlatReader flat;

    /// @param workerName whose entries they are
    EntryFields(StreamForm form, String workerName, int maxPayloadBytes) {
        this.form = form;
        this.id = bytes(form.name("message_id"));
        this.payload = bytes(form.name("payload"));
        this.worker = bytes(form.name("worker"));
        this.position = bytes(form.name("position"));
        this.channel = bytes(form.name("channel"));
        this.workerName = bytes(workerName);
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
        add(fields, worker, workerName);
        add(fields, position, bytes(message.position().toString()));
        String from = message.channel();
        if (from != null) {
            add(fields, channel, bytes(from));
        }
        fields.addAll(constants);
        if (members != null) {
            addMembers(fields, members, message.id(), more);
        }
        more.forEach(
                (name, value) ->
                        add(
                                fields,
                                bytes(taken.contains(name) ? longer(name, Set.of()) : name),
                                bytes(value)));
        return fields;
    }

    /// The id is not written twice where it has the same name.
    private void addMembers(
            List<byte[]> fields,
            List<FlatReader.Field> members,
            String messageId,
            Map<String, String> more) {
        Set<String> theirs = new HashSet<>(more.keySet());
        members.forEach(member -> theirs.add(member.name()));
        for (FlatReader.Field member : members) {
            String name = member.name();
            boolean isTheId =
                    name.equals(form.name("message_id")) && member.text().equals(messageId);
            boolean clashes = taken.contains(name) || more.containsKey(name);
            if (!isTheId) {
                add(fields, bytes(clashes ? longer(name, theirs) : name), bytes(member.text()));
            }
        }
    }

    private String longer(String name, Set<String> theirs) {
        String longer = OF_THE_PAYLOAD + name;
        while (taken.contains(longer) || theirs.contains(longer)) {
            longer = OF_THE_PAYLOAD + longer;
        }
        return longer;
    }

    private static void add(List<byte[]> fields, byte[] name, byte[] value) {
        fields.add(name);
        fields.add(value);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

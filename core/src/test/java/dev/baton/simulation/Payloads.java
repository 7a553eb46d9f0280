package dev.baton.simulation;

import dev.baton.Emission;
import dev.baton.Message;
import dev.baton.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is published: numbered messages, most of them good, some of which the processor rejects, drops or chokes on,
/// and some that nobody can read.
final class Payloads {

    private static final Pattern NUMBER = Pattern.compile("m(\\d+)");

    /// What a message says that goes into two streams at once.
    private static final String COPY = "copy";

    /// The other of the two.
    static final String COPIES = "copies";

    private Payloads() {}

    /// @param bytes how long at least, if it is a good one
    static byte[] make(int number, int bytes, SplittableRandom random) {
        String text =
                switch (random.nextInt(40)) {
                    case 0, 1 -> json("message_id", number, "drop");
                    case 2 -> json("message_id", number, "reject");
                    case 3 -> json("message_id", number, "throw");
                    case 6 -> json("message_id", number, "again");
                    case 7 -> json("message_id", number, COPY);
                    case 4 -> json("no_id", number, "pass");
                    case 5 -> "m" + number + " is not JSON";
                    default -> json("message_id", number, "pass");
                };
        String padding = " ".repeat(Math.max(0, bytes - text.length()));
        return (text + padding).getBytes(StandardCharsets.UTF_8);
    }

    /// A message that certainly reaches the output.
    static byte[] good(int number) {
        return json("message_id", number, "pass").getBytes(StandardCharsets.UTF_8);
    }

    private static String json(String field, int number, String wish) {
        return "{\"" + field + "\":\"m" + number + "\",\"do\":\"" + wish + "\"}";
    }

    static int number(byte[] payload) {
        Matcher found = NUMBER.matcher(new String(payload, StandardCharsets.UTF_8));
        if (!found.find()) {
            throw new IllegalArgumentException("nothing that was published");
        }
        return Integer.parseInt(found.group(1));
    }

    static boolean asksForACopy(byte[] payload) {
        return new String(payload, StandardCharsets.UTF_8).contains("\"" + COPY + "\"");
    }

    /// The processor.
    static Outcome process(Message message) {
        String text = new String(message.payload(), StandardCharsets.UTF_8);
        if (text.contains("\"drop\"")) {
            return Outcome.drop();
        }
        if (text.contains("\"reject\"")) {
            return Outcome.reject("refused", "as it wished");
        }
        if (asksForACopy(message.payload())) {
            Emission same = Emission.of(message.payload());
            return Outcome.emit(same, same.to(COPIES));
        }
        if (text.contains("\"again\"") && message.attempt() == 1) {
            return Outcome.retry("as it wished");
        }
        if (text.contains("\"throw\"")) {
            throw new IllegalStateException("as it wished");
        }
        return Outcome.passOn();
    }
}

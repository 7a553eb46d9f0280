package dev.baton.server.cli;

import dev.baton.dispatch.DispatcherSettings;
import dev.baton.slice.SliceKeys;
import dev.baton.source.Listening;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What each role's user may do: the files of `deploy/acl`, which name one slice and one channel by their default names,
/// rewritten for others.
final class AclRules {

    static final List<String> ROLES =
            List.of(
                    "publisher",
                    "dispatcher-source",
                    "dispatcher-store",
                    "worker",
                    "reader",
                    "operator");

    /// What the client asks of any node of a cluster.
    private static final List<String> TO_FIND_ONES_WAY =
            List.of("+cluster|nodes", "+cluster|myid", "+info", "+client|setname");

    private static final String STREAM = "messages:processed";
    private static final String CHANNEL = "messages:published";
    private static final String CONTROL = "baton:control:" + STREAM;

    /// By which a role of one slice notices that the stream has several.
    private static final String OTHER_NUMBER = "{" + STREAM + ":0}";

    private final String stream;
    private final List<String> slices;
    private final Listening listening;
    private final boolean cluster;

    /// @param stream as all roles are given it
    /// @param slices how many there are
    /// @param cluster whether the store is one
    AclRules(String stream, int slices, Listening listening, boolean cluster) {
        this.stream = stream;
        this.slices = SliceKeys.of(stream, slices).stream().map(SliceKeys::stream).toList();
        this.listening = listening;
        this.cluster = cluster;
    }

    /// The user's name, then its rules.
    List<String> of(String role) {
        List<String> words = new ArrayList<>();
        for (String word : file(role)) {
            words.addAll(rewritten(word));
        }
        if (cluster) {
            words.addAll(firstSelector(words), TO_FIND_ONES_WAY);
        }
        return words;
    }

    /// Rules in parentheses are a user's second set; what belongs to the first stands before them.
    private static int firstSelector(List<String> words) {
        for (int at = 0; at < words.size(); at++) {
            if (words.get(at).startsWith("(")) {
                return at;
            }
        }
        return words.size();
    }

    private List<String> rewritten(String word) {
        String bare = word.endsWith(")") ? word.substring(0, word.length() - 1) : word;
        List<String> all = new ArrayList<>();
        if (bare.equals("&" + CHANNEL)) {
            channels().forEach(channel -> all.add("&" + channel));
        } else if (bare.equals("&" + CONTROL)) {
            all.add("&" + literal(listening.control(DispatcherSettings.controlChannel(stream))));
        } else if (bare.contains(OTHER_NUMBER)) {
            String other = slices.size() == 1 ? stream + ":0" : stream;
            all.add(bare.replace(OTHER_NUMBER, "{" + literal(other) + "}"));
        } else if (bare.contains("~")) {
            slices.forEach(slice -> all.add(bare.replace(STREAM, literal(slice))));
        } else {
            all.add(listening instanceof Listening.Sharded ? sharded(bare) : bare);
        }
        if (word.endsWith(")")) {
            all.set(all.size() - 1, all.getLast() + ")");
        }
        return all;
    }

    private List<String> channels() {
        return switch (listening) {
            case Listening.Channels exact ->
                    exact.channels().stream().map(AclRules::literal).toList();
            case Listening.Sharded exact ->
                    exact.channels().stream().map(AclRules::literal).toList();
            case Listening.Pattern one -> List.of(one.pattern());
        };
    }

    /// Rules are patterns; names are not.
    private static String literal(String name) {
        return name.replaceAll("[*?\\[\\]^]", "\\\\$0");
    }

    private static String sharded(String command) {
        return switch (command) {
            case "+publish" -> "+spublish";
            case "(+publish" -> "(+spublish";
            case "+subscribe" -> "+ssubscribe";
            case "+unsubscribe" -> "+sunsubscribe";
            default -> command;
        };
    }

    private static List<String> file(String role) {
        String path = "/acl/" + role + ".acl";
        try (InputStream in = AclRules.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("missing from the jar: " + path);
            }
            String user =
                    new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> line.startsWith("user "))
                            .findFirst()
                            .orElseThrow();
            return List.of(user.substring("user ".length()).split(" "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

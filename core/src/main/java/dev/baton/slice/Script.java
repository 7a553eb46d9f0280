package dev.baton.slice;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The scripts, one file each under `lua/`. A line `--@include name` stands for the file `lua/include/name.lua`. Comments that fill a line, and
/// indentation, stay here: a text may be sent with each call.
enum Script {
    CLAIM,
    RENEW,
    CONFIRM,
    RESIGN,
    DISPATCH,
    SKIP,
    REASSIGN,
    DEAL,
    RETRY,
    JOIN,
    BEAT,
    LEAVE,
    COMMIT,
    TRIM,
    BOOKS,
    RESLICE,
    REPLAY,
    DISCARD,
    PAUSE,
    QUIET,
    OLDEST,
    GROUP_DISPATCH,
    GROUP_REASSIGN,
    GROUP_RETRY,
    GROUP_JOIN,
    GROUP_LEAVE,
    GROUP_COMMIT,
    GROUP_REPLAY;

    private final String source;
    private final String sha;

    Script() {
        String text =
                Pattern.compile("(?m)^--@include (\\w+)$")
                        .matcher(load("lua/" + fileName()))
                        .replaceAll(
                                line ->
                                        Matcher.quoteReplacement(
                                                load("lua/include/" + line.group(1) + ".lua")));
        source = bare(text);
        sha = sha1(source.getBytes(StandardCharsets.UTF_8));
    }

    /// The file's name, as people find it; those of the consumer group are in a folder of their own.
    String fileName() {
        return name().toLowerCase(Locale.ROOT).replaceFirst("^group_", "group/") + ".lua";
    }

    /// What the server is sent of the text with its includes.
    String source() {
        return source;
    }

    /// The digest under which the server keeps it.
    String sha() {
        return sha;
    }

    private static String bare(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("--"))
                .collect(Collectors.joining("\n"));
    }

    private static String load(String path) {
        try (InputStream in = Script.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("script is missing from the jar: " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(byte[] text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}

package dev.baton.server.processor;

import dev.baton.server.config.BadConfigurationException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A header that people want sent. Its value may be a secret, so it is never shown.
///
/// @param name as it is sent, without the colon
/// @param value without spaces around it
public record HttpHeader(String name, String value) {

    /// Reads a file with one `Name: value` a line; empty lines and those that begin with `#` mean nothing.
    ///
    /// @throws BadConfigurationException if it cannot be read, or a line is no header or one of Baton's own
    public static List<HttpHeader> read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new BadConfigurationException("cannot read " + file + ": no such file", e);
        } catch (IOException e) {
            throw new BadConfigurationException("cannot read " + file + ": " + e.getMessage(), e);
        }
        List<HttpHeader> headers = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                headers.add(header(line, file + ", line " + (i + 1)));
            }
        }
        return headers;
    }

    private static HttpHeader header(String line, String place) {
        int colon = line.indexOf(':');
        if (colon < 1) {
            throw new BadConfigurationException(place + ": write 'Name: value'");
        }
        HttpHeader header =
                new HttpHeader(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        String name = header.name.toLowerCase(Locale.ROOT);
        if (name.startsWith("baton-")
                || name.equals("idempotency-key")
                || name.equals("content-type")) {
            throw new BadConfigurationException(place + ": Baton itself sends that header");
        }
        try {
            var _ =
                    HttpRequest.newBuilder(URI.create("http://localhost"))
                            .header(header.name, header.value);
        } catch (IllegalArgumentException e) {
            // Its words quote the value.
            throw new BadConfigurationException(place + ": that header cannot be sent");
        }
        return header;
    }

    /// Never shows the value.
    @Override
    public String toString() {
        return "HttpHeader[" + name + "]";
    }
}

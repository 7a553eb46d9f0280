package dev.baton.server.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What every running role has.
final class RoleOptions {

    @Option(
            names = "--id",
            paramLabel = "NAME",
            description =
                    "name of this process' role (default: host, process number and a random part)")
    @Nullable String id;

    @Option(
            names = "--beat",
            paramLabel = "TIME",
            defaultValue = "500ms",
            description = "how often a role shows that it is alive (default: ${DEFAULT-VALUE})")
    Duration beat = Duration.ZERO;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description =
                    "longest time to finish what is in hand when asked to stop (default: ${DEFAULT-VALUE})")
    Duration drainTimeout = Duration.ZERO;

    @Option(
            names = "--report",
            paramLabel = "TIME",
            defaultValue = "3s",
            description =
                    "how often to say what was done; 0s for never (default: ${DEFAULT-VALUE})")
    Duration report = Duration.ZERO;

    String name() {
        if (id != null) {
            return id;
        }
        String random = HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
        return host() + "-" + ProcessHandle.current().pid() + "-" + random;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "host";
        }
    }
}

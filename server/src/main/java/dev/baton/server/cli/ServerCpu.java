package dev.baton.server.cli;

import dev.baton.server.embedded.EmbeddedRedis;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// How much processor time embedded servers use from now on: publishing, dispatching, committing and all.
final class ServerCpu {

    private final List<EmbeddedRedis> servers;
    private final List<Duration> before;

    ServerCpu(List<EmbeddedRedis> servers) {
        this.servers = List.copyOf(servers);
        this.before = used();
    }

    private List<Duration> used() {
        return servers.stream().map(EmbeddedRedis::cpu).toList();
    }

    /// What it comes to for each message, in all and on each server; nothing if there is nothing to say.
    String text(long messages) {
        if (servers.isEmpty() || messages == 0) {
            return "";
        }
        List<Duration> now = used();
        double sum = 0;
        StringBuilder each = new StringBuilder();
        for (int i = 0; i < servers.size(); i++) {
            double micros = now.get(i).minus(before.get(i)).toNanos() / 1e3 / messages;
            sum += micros;
            each.append(String.format(Locale.ROOT, "%s%.2f", i == 0 ? "" : ", ", micros));
        }
        return String.format(Locale.ROOT, "server CPU, µs a message: %.2f", sum)
                + (servers.size() == 1 ? "" : " (" + each + ")")
                + System.lineSeparator();
    }
}

package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.source.Listening;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Prints what each role's user may do, for the names that are given.
@Command(
        name = "acl",
        description = "Print least-privilege users for each role, as commands for redis-cli.",
        footer = {"", "baton acl worker --stream orders:done | redis-cli"})
final class AclCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "ROLE",
            arity = "0..*",
            description =
                    "publisher, dispatcher-source, dispatcher-store, worker, reader or operator (default: all)")
    List<String> roles = List.of();

    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin ChannelOptions channel = new ChannelOptions();

    @Option(names = "--cluster", description = "the store is a Redis Cluster")
    boolean cluster;

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;

    @Override
    public Integer call() {
        stream.checked();
        Listening listening;
        try {
            listening = channel.listening();
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("--channel: " + e.getMessage(), e);
        }
        AclRules rules = new AclRules(stream.stream, stream.slices, listening, cluster);
        for (String role : roles.isEmpty() ? AclRules.ROLES : roles) {
            if (!AclRules.ROLES.contains(role)) {
                throw new BadConfigurationException(
                        "there is no role '"
                                + role
                                + "'; one of "
                                + String.join(", ", AclRules.ROLES));
            }
            System.out.println("ACL SETUSER " + String.join(" ", rules.of(role)));
        }
        System.out.flush();
        return ExitCode.FINE;
    }
}

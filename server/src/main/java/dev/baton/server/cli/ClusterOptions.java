package dev.baton.server.cli;

import picocli.CommandLine.Option;

/// Whether the embedded Redis is a cluster.
final class ClusterOptions {

    @Option(
            names = "--cluster",
            description = "make the embedded Redis a cluster of three primaries")
    boolean cluster;

    @Option(
            names = "--replicas",
            paramLabel = "N",
            defaultValue = "0",
            description = "replicas of each primary of that cluster (default: ${DEFAULT-VALUE})")
    int replicas;
}

/// Where a value comes from: flag, then environment, then file, then default. Read at the edge only; the roles get
/// settings.
@NullMarked
package dev.baton.server.config;

import org.jspecify.annotations.NullMarked;

/// Both roles in one program: [Pipeline] is how another JVM program embeds Baton.
@NullMarked
package dev.baton.pipeline;

import org.jspecify.annotations.NullMarked;

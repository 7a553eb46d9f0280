/// Measurements of Baton against a reference bridge. Empty until the first one is written.
@NullMarked
package dev.baton.bench;

import org.jspecify.annotations.NullMarked;

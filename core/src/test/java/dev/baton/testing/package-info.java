/// What tests share: real servers to run against.
@NullMarked
package dev.baton.testing;

import org.jspecify.annotations.NullMarked;

package dev.baton.dispatch;

/// What a dispatcher sheds when its buffer is full of messages that are not safe yet. Either way each loss is declared.
public enum Overflow {
    /// What comes now: what was heard first is kept.
    SHED_NEWEST,
    /// What was heard first and is not on its way yet: the news are kept.
    SHED_OLDEST
}

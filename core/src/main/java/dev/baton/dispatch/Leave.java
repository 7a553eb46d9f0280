package dev.baton.dispatch;

/// Whether a leader goes, and how.
enum Leave {
    /// It stays.
    NOT,

    /// It brings in all that was heard, for nothing more will be, and resigns.
    WITH_LAST_WORDS,

    /// It begins nothing new and resigns once it is known what became of what it has under way: whoever comes next goes on
    /// from there.
    AT_ONCE
}

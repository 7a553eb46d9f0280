package dev.baton.bench;

/// What is measured several times: a subject in a scenario.
///
/// @param scenario reduced to what makes a difference to the subject
record Cell(Subject subject, Scenario scenario) {

    static Cell of(Subject subject, Scenario scenario) {
        return new Cell(subject, scenario.of(subject));
    }
}

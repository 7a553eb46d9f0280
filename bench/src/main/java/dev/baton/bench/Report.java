package dev.baton.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/// Prints what was measured, as it comes.
interface Report {

    /// How it is written.
    enum Form {
        /// For people.
        TEXT,
        /// A line a run.
        CSV,
        /// An object a run, one a line.
        JSON;

        Report on(PrintStream out) {
            return switch (this) {
                case TEXT -> new TextReport(out);
                case CSV -> new CsvReport(out);
                case JSON -> new JsonReport(out);
            };
        }
    }

    /// @param setup what a run needs to be repeated, by its name
    void begin(Map<String, String> setup);

    /// @param run from 1
    void add(int run, Cell cell, Figures figures);

    void end(Map<Cell, Figures> medians, List<Ratio> ratios);
}

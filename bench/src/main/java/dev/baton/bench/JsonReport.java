package dev.baton.bench;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Objects, one a line; `type` says what each is: `setup`, `run`, `median`, `ratio`.
final class JsonReport implements Report {

    private final PrintStream out;

    JsonReport(PrintStream out) {
        this.out = out;
    }

    @Override
    public void begin(Map<String, String> setup) {
        Map<String, Object> object = typed("setup");
        object.putAll(setup);
        out.println(Json.object(object));
    }

    @Override
    public void add(int run, Cell cell, Figures figures) {
        Map<String, Object> object = typed("run");
        object.put("run", run);
        print(object, cell, figures);
    }

    @Override
    public void end(Map<Cell, Figures> medians, List<Ratio> ratios) {
        medians.forEach((cell, figures) -> print(typed("median"), cell, figures));
        for (Ratio ratio : ratios) {
            Map<String, Object> object = typed("ratio");
            addCell(object, ratio.cell());
            object.put("to", ratio.to());
            object.put("ratios", ratio.values());
            out.println(Json.object(object));
        }
    }

    private static Map<String, Object> typed(String type) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("type", type);
        return object;
    }

    private static void addCell(Map<String, Object> object, Cell cell) {
        object.put("subject", cell.subject());
        object.putAll(cell.scenario().numbers());
    }

    private void print(Map<String, Object> object, Cell cell, Figures figures) {
        addCell(object, cell);
        object.put("messages", figures.messages());
        object.put("seconds", figures.seconds());
        object.put("per_second", figures.perSecond());
        object.put("lost", figures.lost());
        object.put("latency_us", figures.latencyMicros());
        object.put("cpu_us", figures.cpuMicros());
        object.put("peak_mib", figures.peakMebibytes());
        object.put("heap_mib", figures.heapMebibytes());
        out.println(Json.object(object));
    }
}

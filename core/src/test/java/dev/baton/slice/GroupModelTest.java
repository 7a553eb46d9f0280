package dev.baton.slice;

import java.util.List;

/// The model does what the contract says, also with a group.
class GroupModelTest extends SliceContract {

    private final SliceModel model = new SliceModel().as(Transport.GROUP);

    @Override
    Slice slice() {
        return new GroupLanes(model, model::give);
    }

    @Override
    Handover handover() {
        return model;
    }

    @Override
    Books books() {
        return model.books();
    }

    @Override
    SliceOffice.Wished quiet(String worker, boolean quiet) {
        return model.quiet(worker, quiet);
    }

    @Override
    List<List<byte[]>> output() {
        return model.output();
    }

    @Override
    List<List<byte[]>> other(String name) {
        return model.other(name);
    }

    @Override
    List<List<byte[]>> deadLetters() {
        return model.deadLetters();
    }

    @Override
    List<List<byte[]>> gaps() {
        return model.gaps();
    }

    @Override
    List<Entry> lane(String worker) {
        return model.lane(worker);
    }

    @Override
    List<Entry> waiting() {
        return model.waiting();
    }
}

#include "storage/memory_store.h"

#include "base/async_event.h"
#include "base/utf.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace storage {

using base::Error;
using base::Guarded;
using base::Result;
using base::Task;
using base::Win32;
using namespace spooler;                                           // NOLINT: this file is about the spooler's types

namespace {

std::string key_of(std::string_view name) { return base::fold_utf8(name); }

template <class Row, class Same>
void put(std::vector<Row>& rows, const Row& row, Same same) {
    const auto at = std::find_if(rows.begin(), rows.end(), same);
    if (at == rows.end()) {
        rows.push_back(row);
    } else {
        *at = row;
    }
}

struct Apply {
    Snapshot& content;

    void operator()(const PrinterPut& put_) const {
        put(content.printers, put_.record, [&](const PrinterRecord& row) { return row.id == put_.record.id; });
    }
    void operator()(const PrinterDelete& gone) const {
        std::erase_if(content.printers, [&](const PrinterRecord& row) { return row.id == gone.id; });
        std::erase_if(content.jobs, [&](const JobRecord& row) { return row.printer == gone.id; });
        std::erase_if(content.forms, [&](const Form& row) { return gone.id != 0 && row.printer == gone.id; });
        std::erase_if(content.printer_keys, [&](const PrinterKey& row) { return row.printer == gone.id; });
    }
    void operator()(const JobPut& put_) const {
        put(content.jobs, put_.record, [&](const JobRecord& row) { return row.id == put_.record.id; });
    }
    void operator()(const JobDelete& gone) const {
        std::erase_if(content.jobs, [&](const JobRecord& row) { return row.id == gone.id; });
    }
    void operator()(const FormPut& put_) const {
        put(content.forms, put_.form,
            [&](const Form& row) { return row.printer == put_.form.printer && key_of(row.name) == key_of(put_.form.name); });
    }
    void operator()(const FormDelete& gone) const {
        std::erase_if(content.forms, [&](const Form& row) { return row.printer == gone.printer && key_of(row.name) == key_of(gone.name); });
    }
    void operator()(const PortPut& put_) const {
        put(content.ports, put_.port, [&](const PortConfig& row) { return key_of(row.name) == key_of(put_.port.name); });
    }
    void operator()(const PortDelete& gone) const {
        std::erase_if(content.ports, [&](const PortConfig& row) { return key_of(row.name) == key_of(gone.name); });
    }
    void operator()(const DriverPut& put_) const {
        put(content.drivers, put_.driver, [&](const Driver& row) { return same_driver(row, put_.driver); });
        for (const DriverFile& file : put_.files) put(content.driver_files, file, [&](const DriverFile& row) { return same_place(row, file); });
    }
    void operator()(const DriverDelete& gone) const {
        Driver key;
        key.name = gone.name;
        key.environment = gone.environment;
        key.version = gone.version;
        std::erase_if(content.drivers, [&](const Driver& row) { return same_driver(row, key); });
        for (const DriverFile& file : gone.files) std::erase_if(content.driver_files, [&](const DriverFile& row) { return same_place(row, file); });
    }
    void operator()(const ServerValuePut& put_) const {
        put(content.server_values, put_.value, [&](const DataValue& row) { return key_of(row.name) == key_of(put_.value.name); });
    }
    void operator()(const CounterPut& put_) const { content.counters[put_.name] = put_.value; }
    void operator()(const PrinterDataPut& put_) const {
        for (std::size_t end = put_.key.find('\\');; end = put_.key.find('\\', end + 1)) {
            PrinterKey& key = printer_key(put_.printer, put_.key.substr(0, end));
            if (end != std::string::npos) continue;
            const DataValue& value = put_.value->value;
            put(key.values, value, [&](const DataValue& row) { return key_of(row.name) == put_.value->key; });
            break;
        }
        set_change_id(put_.printer, put_.change_id);
    }
    void operator()(const PrinterDataDelete& gone) const {
        const std::string path = key_of(gone.key);
        if (gone.name) {
            std::erase_if(printer_key(gone.printer, gone.key).values, [&](const DataValue& row) { return key_of(row.name) == key_of(*gone.name); });
        } else {
            std::erase_if(content.printer_keys, [&](const PrinterKey& row) {
                const std::string other = key_of(row.path);
                return row.printer == gone.printer && (other == path || other.compare(0, path.size() + 1, path + "\\") == 0);
            });
        }
        set_change_id(gone.printer, gone.change_id);
    }
    void operator()(const ConnectionPut& put_) const {
        put(content.connections, put_.connection, [&](const Connection& row) { return key_of(row.name) == key_of(put_.connection.name); });
    }
    void operator()(const ConnectionDelete& gone) const {
        std::erase_if(content.connections, [&](const Connection& row) { return key_of(row.name) == key_of(gone.name); });
    }
    void operator()(const DriverPackagePut& put_) const {
        put(content.packages, *put_.package, [&](const DriverPackage& row) { return key_of(row.id) == key_of(put_.package->id); });
    }
    void operator()(const DriverPackageDelete& gone) const {
        std::erase_if(content.packages, [&](const DriverPackage& row) { return key_of(row.id) == key_of(gone.id); });
    }

 private:
    // Found or made; new keys come behind their parents.
    PrinterKey& printer_key(PrinterId printer, const std::string& path) const {
        for (PrinterKey& key : content.printer_keys) {
            if (key.printer == printer && key_of(key.path) == key_of(path)) return key;
        }
        content.printer_keys.push_back({printer, path, {}});
        return content.printer_keys.back();
    }
    void set_change_id(PrinterId printer, std::uint32_t id) const {
        for (PrinterRecord& row : content.printers) {
            if (row.id == printer) row.change_id = id;
        }
    }
    static bool same_place(const DriverFile& a, const DriverFile& b) {
        return a.version == b.version && key_of(a.name) == key_of(b.name) && key_of(a.environment) == key_of(b.environment);
    }
    static bool same_driver(const Driver& a, const Driver& b) {
        return a.version == b.version && key_of(a.name) == key_of(b.name) && key_of(a.environment) == key_of(b.environment);
    }
};

}  // namespace

void apply_change(Snapshot& content, const Change& change) { std::visit(Apply{content}, change); }

// --- MemoryStore -----------------------------------------------------------------------------------------------------

struct MemoryStore::State {
    Snapshot content;                                              // durable
    std::vector<Change> changes;                                   // ticket n is element n - 1
    std::size_t applied = 0;
    std::optional<Error> failure;
    bool held = false;
    std::shared_ptr<base::AsyncEvent> changed = std::make_shared<base::AsyncEvent>();   // replaced at each wake-up

    void apply_all() {
        if (failure || held) return;
        for (; applied < changes.size(); ++applied) apply_change(content, changes[applied]);
    }
    void wake() {
        changed->set();
        changed = std::make_shared<base::AsyncEvent>();
    }
};

MemoryStore::MemoryStore() : state_(std::make_unique<Guarded<State>>()) {}

MemoryStore::MemoryStore(Snapshot content) : MemoryStore() {
    state_->with([&](State& state) { state.content = std::move(content); });
}

MemoryStore::~MemoryStore() = default;

Result<Snapshot> MemoryStore::load() {
    return state_->with([](State& state) -> Result<Snapshot> { return state.content; });
}

Ticket MemoryStore::enqueue(Change change) {
    return state_->with([&](State& state) -> Ticket {
        state.changes.push_back(std::move(change));
        state.apply_all();
        return state.changes.size();
    });
}

namespace {

struct Wait {
    std::optional<Result<void>> done;
    std::shared_ptr<base::AsyncEvent> changed;
};

Wait look(MemoryStore::State& state, Ticket ticket) {
    Wait wait;
    if (ticket <= state.applied) {
        wait.done = Result<void>();
    } else if (state.failure) {
        wait.done = Result<void>(*state.failure);
    } else {
        wait.changed = state.changed;
    }
    return wait;
}

}  // namespace

Task<Result<void>> MemoryStore::durable(Ticket ticket) {
    for (;;) {
        Wait wait = state_->with([&](State& state) { return look(state, ticket); });
        if (wait.done) co_return *wait.done;
        co_await wait.changed->wait();
        if (!wait.changed->is_set()) co_return Error(Win32::operation_aborted, "cancelled while waiting for the disk");
    }
}

Result<void> MemoryStore::accepting() const {
    return state_->with([](const State& state) -> Result<void> {
        if (state.failure) return *state.failure;
        return {};
    });
}

Task<Result<void>> MemoryStore::flush() {
    const Ticket last = state_->with([](State& state) -> Ticket { return state.changes.size(); });
    return durable(last);
}

void MemoryStore::fail(Error error) {
    state_->with([&](State& state) {
        state.failure = std::move(error);
        state.wake();
    });
}

void MemoryStore::recover() {
    state_->with([](State& state) {
        state.failure.reset();
        state.apply_all();
        state.wake();
    });
}

void MemoryStore::hold() {
    state_->with([](State& state) { state.held = true; });
}

void MemoryStore::release() {
    state_->with([](State& state) {
        state.held = false;
        state.apply_all();
        state.wake();
    });
}

Snapshot MemoryStore::content() const {
    return state_->with([](const State& state) { return state.content; });
}

std::optional<JobRecord> MemoryStore::job(JobId id) const {
    return state_->with([&](const State& state) -> std::optional<JobRecord> {
        for (const JobRecord& row : state.content.jobs) {
            if (row.id == id) return row;
        }
        return std::nullopt;
    });
}

std::optional<PrinterRecord> MemoryStore::printer(PrinterId id) const {
    return state_->with([&](const State& state) -> std::optional<PrinterRecord> {
        for (const PrinterRecord& row : state.content.printers) {
            if (row.id == id) return row;
        }
        return std::nullopt;
    });
}

std::vector<Change> MemoryStore::changes() const {
    return state_->with([](const State& state) { return state.changes; });
}

// --- MemorySpoolFiles ------------------------------------------------------------------------------------------------

namespace {

struct Document {
    std::string bytes;
    bool published = false;
    bool removed = false;
};
using DocumentPtr = std::shared_ptr<Document>;                     // read and written inside the Guarded only

}  // namespace

struct MemorySpoolFiles::State {
    std::map<JobId, DocumentPtr> documents;
    std::uint64_t free_bytes = 1ULL << 40U;
    std::optional<Error> next_error;

    Result<void> write(Document& document, base::ByteView data) {
        if (next_error) {
            Error error = *next_error;
            next_error.reset();
            return error;
        }
        if (document.removed) return Error(Win32::spool_file_not_found, "removed");
        if (data.size() > free_bytes) return Error(Win32::disk_full, "no space in memory spool");
        free_bytes -= data.size();
        document.bytes.append(base::as_text(data));
        return {};
    }
    void erase(JobId id) {
        const auto at = documents.find(id);
        if (at == documents.end()) return;
        at->second->removed = true;
        free_bytes += at->second->bytes.size();
        documents.erase(at);
    }
};

namespace {

using SharedState = std::shared_ptr<Guarded<MemorySpoolFiles::State>>;

class MemoryWriter final : public SpoolWriter {
 public:
    MemoryWriter(SharedState state, JobId id, DocumentPtr document) : state_(std::move(state)), id_(id), document_(std::move(document)) {}
    ~MemoryWriter() override { drop(); }

    Task<Result<void>> append(base::ByteView data) override {
        co_return state_->with([&](MemorySpoolFiles::State& state) { return state.write(*document_, data); });
    }
    Task<Result<void>> publish() override {
        co_return state_->with([&](MemorySpoolFiles::State& state) -> Result<void> {
            TRY_VOID(state.write(*document_, {}));
            document_->published = true;
            done_ = true;
            return {};
        });
    }
    Task<void> discard() override {
        drop();
        co_return;
    }

 private:
    void drop() {
        if (std::exchange(done_, true)) return;
        state_->with([&](MemorySpoolFiles::State& state) {
            const auto at = state.documents.find(id_);
            if (at != state.documents.end() && at->second == document_) state.erase(id_);
        });
    }
    SharedState state_;
    JobId id_;
    DocumentPtr document_;
    bool done_ = false;
};

class MemoryReader final : public SpoolReader {
 public:
    MemoryReader(SharedState state, DocumentPtr document) : state_(std::move(state)), document_(std::move(document)) {}

    Task<Result<std::size_t>> read(base::MutableByteView into) override {
        co_return state_->with([&](MemorySpoolFiles::State& /*state*/) -> Result<std::size_t> {
            if (document_->removed) return Error(Win32::spool_file_not_found, "removed");
            const std::string& bytes = document_->bytes;
            if (position_ >= bytes.size()) return std::size_t{0};
            const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - position_);
            const base::ByteView source = base::as_bytes(std::string_view(bytes).substr(position_, count));
            std::copy(source.begin(), source.end(), into.begin());
            position_ += count;
            return count;
        });
    }
    [[nodiscard]] std::uint64_t position() const override { return position_; }
    void seek(std::uint64_t position) override { position_ = position; }

 private:
    SharedState state_;
    DocumentPtr document_;
    std::uint64_t position_ = 0;
};

}  // namespace

MemorySpoolFiles::MemorySpoolFiles() : state_(std::make_shared<Guarded<State>>()) {}
MemorySpoolFiles::~MemorySpoolFiles() = default;

Task<Result<std::unique_ptr<SpoolWriter>>> MemorySpoolFiles::create(JobId id) {
    auto document = std::make_shared<Document>();
    state_->with([&](State& state) {
        state.erase(id);
        state.documents[id] = document;
    });
    co_return std::unique_ptr<SpoolWriter>(std::make_unique<MemoryWriter>(state_, id, document));
}

Task<Result<void>> MemorySpoolFiles::write_whole(JobId id, base::ByteView data) {
    co_return state_->with([&](State& state) -> Result<void> {
        auto document = std::make_shared<Document>();
        TRY_VOID(state.write(*document, data));
        document->published = true;
        state.erase(id);
        state.documents[id] = document;
        return {};
    });
}

Task<Result<std::unique_ptr<SpoolReader>>> MemorySpoolFiles::open(JobId id) {
    const DocumentPtr document = state_->with([&](State& state) -> DocumentPtr {
        const auto at = state.documents.find(id);
        return at == state.documents.end() ? nullptr : at->second;
    });
    if (!document) co_return Error(Win32::spool_file_not_found, "job " + std::to_string(id));
    co_return std::unique_ptr<SpoolReader>(std::make_unique<MemoryReader>(state_, document));
}

Task<Result<void>> MemorySpoolFiles::remove(JobId id) {
    state_->with([&](State& state) { state.erase(id); });
    co_return Result<void>();
}

Task<Result<std::uint64_t>> MemorySpoolFiles::free_bytes() {
    co_return state_->with([](State& state) -> Result<std::uint64_t> { return state.free_bytes; });
}

Result<std::vector<StoredDocument>> MemorySpoolFiles::sweep(std::span<const JobId> live) {
    return state_->with([&](State& state) -> Result<std::vector<StoredDocument>> {
        std::vector<StoredDocument> left;
        for (auto at = state.documents.begin(); at != state.documents.end();) {
            const bool keep = at->second->published && std::find(live.begin(), live.end(), at->first) != live.end();
            if (keep) {
                left.push_back({at->first, at->second->bytes.size()});
                ++at;
            } else {
                at->second->removed = true;
                at = state.documents.erase(at);
            }
        }
        return left;
    });
}

void MemorySpoolFiles::set_free_bytes(std::uint64_t bytes) {
    state_->with([&](State& state) { state.free_bytes = bytes; });
}

void MemorySpoolFiles::fail_next_write(Error error) {
    state_->with([&](State& state) { state.next_error = std::move(error); });
}

std::optional<std::string> MemorySpoolFiles::published(JobId id) const {
    return state_->with([&](State& state) -> std::optional<std::string> {
        const auto at = state.documents.find(id);
        if (at == state.documents.end() || !at->second->published) return std::nullopt;
        return at->second->bytes;
    });
}

bool MemorySpoolFiles::exists(JobId id) const {
    return state_->with([&](State& state) { return state.documents.contains(id); });
}

std::size_t MemorySpoolFiles::count() const {
    return state_->with([](State& state) { return state.documents.size(); });
}

}  // namespace storage

#include "server/admin/command_helpers.h"

#include "base/filetime.h"
#include "base/utf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace server {
namespace {

using nlohmann::json;

struct Word {
    std::uint32_t bit;
    const char* text;
};

template <std::size_t N>
std::string words(std::uint32_t status, const std::array<Word, N>& table, const char* none) {
    std::string text;
    for (const Word& word : table) {
        if ((status & word.bit) != 0) text += (text.empty() ? "" : ",") + std::string(word.text);
    }
    return text.empty() ? none : text;
}

std::string iso_time(base::FileTime time) {
    const base::SystemTime t = base::to_system_time(time);
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04u-%02u-%02uT%02u:%02u:%02uZ", unsigned{t.year}, unsigned{t.month}, unsigned{t.day},
                  unsigned{t.hour}, unsigned{t.minute}, unsigned{t.second});
    return buffer.data();
}

}  // namespace

std::string text_argument(const json& arguments, const char* name) {
    const auto found = arguments.find(name);
    if (found == arguments.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

base::Result<std::uint32_t> number_argument(const json& arguments, const char* name, std::uint32_t otherwise) {
    const std::string text = text_argument(arguments, name);
    if (text.empty()) return otherwise;
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return value;
    return base::Error(base::Win32::invalid_parameter, std::string("argument \"") + name + "\" is no number: " + text);
}

base::Result<spooler::PrinterQueuePtr> find_printer(const AdminContext& context, const json& arguments) {
    const std::string name = text_argument(arguments, "printer");
    auto queue = context.spooler->printers().find(name);
    if (queue) return queue;
    return base::Error(base::Win32::invalid_printer_name, "there is no printer \"" + name + "\"");
}

std::vector<spooler::PrinterQueuePtr> all_printers(const AdminContext& context) {
    std::vector<std::pair<std::string, spooler::PrinterQueuePtr>> named;
    for (auto& queue : context.spooler->printers().all()) named.emplace_back(base::fold_utf8(queue->record()->name), std::move(queue));
    std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second->id() < b.second->id();
    });
    std::vector<spooler::PrinterQueuePtr> printers;
    printers.reserve(named.size());
    for (auto& [name, queue] : named) printers.push_back(std::move(queue));
    return printers;
}

base::Result<std::vector<spooler::PrinterQueuePtr>> find_printers(const AdminContext& context, const json& arguments) {
    const std::string name = text_argument(arguments, "printer");
    std::vector<spooler::PrinterQueuePtr> found;
    if (auto queue = context.spooler->printers().find(name)) found.push_back(std::move(queue));
    for (auto& queue : all_printers(context)) {
        const spooler::PrinterRecordPtr record = queue->record();
        if (record->pending_deletion && base::equal_names(std::string_view(record->name), name)) found.push_back(std::move(queue));
    }
    if (found.empty()) return base::Error(base::Win32::invalid_printer_name, "there is no printer \"" + name + "\"");
    return found;
}

std::string printer_status_words(std::uint32_t status) {
    using namespace spooler::printer_status;
    static constexpr std::array kWords = {
        Word{kPaused, "paused"},         Word{kError, "error"},          Word{kPendingDeletion, "deleting"},
        Word{kPaperJam, "paper jam"},    Word{kPaperOut, "paper out"},   Word{kPaperProblem, "paper problem"},
        Word{kOffline, "offline"},       Word{kBusy, "busy"},            Word{kPrinting, "printing"},
        Word{kOutputBinFull, "bin full"}, Word{kNotAvailable, "not available"}, Word{kTonerLow, "toner low"},
        Word{kNoToner, "no toner"},      Word{kUserIntervention, "attention needed"}, Word{kDoorOpen, "door open"},
    };
    return words(status, kWords, "ready");
}

std::string job_status_words(std::uint32_t status) {
    using namespace spooler::job_status;
    static constexpr std::array kWords = {
        Word{kPaused, "paused"},   Word{kError, "error"},       Word{kDeleting, "deleting"}, Word{kSpooling, "spooling"},
        Word{kPrinting, "printing"}, Word{kOffline, "offline"}, Word{kPaperOut, "paper out"}, Word{kPrinted, "printed"},
        Word{kBlockedDevq, "held"}, Word{kUserIntervention, "attention needed"}, Word{kRestart, "restarted"}, Word{kRetained, "retained"},
    };
    return words(status, kWords, "waiting");
}

json printer_json(const spooler::PrinterView& view) {
    json row;
    row["name"] = view.name();
    row["share_name"] = view.record->share_name;
    row["shared"] = view.shared();
    row["port"] = view.port_names();
    row["driver"] = view.record->driver_name;
    row["comment"] = view.record->comment;
    row["location"] = view.record->location;
    row["status"] = printer_status_words(view.status);
    row["jobs"] = view.jobs;
    row["change_id"] = view.record->change_id;
    row["security"] = base::to_sddl(*view.record->security);
    return row;
}

json job_json(const spooler::JobView& view) {
    json row;
    row["id"] = view.id;
    row["printer"] = *view.printer_name;
    row["document"] = view.info->document;
    row["user"] = view.info->user_name;
    row["machine"] = view.info->machine_name;
    row["status"] = job_status_words(view.status);
    row["status_text"] = view.status_text;
    row["position"] = view.position;
    row["priority"] = view.info->priority;
    row["size_bytes"] = view.size;
    row["printed_bytes"] = view.bytes_printed;
    row["pages"] = view.total_pages;
    row["submitted"] = iso_time(view.info->submitted);
    return row;
}

}  // namespace server

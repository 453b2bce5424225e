#include "server/winspool/containers.h"

#include "base/utf.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
namespace limits = base::limits;

namespace {

constexpr std::size_t kMaxPathChars = 519;                         // incl. NUL, as Windows restricts them [MS-RPRN] 2.2.4.9
constexpr std::size_t kMaxDatatypeChars = 260;
constexpr std::size_t kMaxParametersChars = 4096;

Result<std::string> printer_name(const ndr::WStr& text, const spooler::ServerNames& names) {
    TRY(const std::string full, checked_text(text, limits::kMaxPrinterNameChars, Win32::invalid_printer_name));
    return spooler::short_name(full, names);
}

// Several fields into one struct: the first error stays.
class Reader {
 public:
    std::string text(const ndr::WStr& from, std::size_t max_chars = limits::kMaxNameChars) {
        auto result = checked_text(from, max_chars);
        if (result) return std::move(*result);
        if (outcome_) outcome_ = std::move(result).error();
        return {};
    }
    std::optional<std::string> optional_text(const ndr::WStr& from, std::size_t max_chars = limits::kMaxNameChars) {
        if (!from.present) return std::nullopt;
        return text(from, max_chars);
    }
    [[nodiscard]] const Result<void>& outcome() const { return outcome_; }

 private:
    Result<void> outcome_;
};

// Levels 1, 2 and 4 have these under the same names.
template <class Info>
void common_job_fields(const Info& info, Reader& reader, spooler::JobChange& change) {
    change.document = reader.optional_text(info.pDocument, limits::kMaxDocumentNameChars);
    change.user_name = reader.optional_text(info.pUserName);
    change.datatype = reader.optional_text(info.pDatatype, kMaxDatatypeChars);
    change.status_text = reader.optional_text(info.pStatus, limits::kMaxCommentChars);
    change.status = info.Status & spooler::job_status::kSettable;
    change.priority = info.Priority;
    change.position = info.Position;
}
template <class Info>
void full_job_fields(const Info& info, Reader& reader, spooler::JobChange& change) {
    common_job_fields(info, reader, change);
    change.notify_name = reader.optional_text(info.pNotifyName);
    change.processor = reader.optional_text(info.pPrintProcessor);
    change.parameters = reader.optional_text(info.pParameters, kMaxParametersChars);
    change.start_time = info.StartTime;
    change.until_time = info.UntilTime;
}

// What AddPrinter and SetPrinter take of PRINTER_INFO_2 beside the name. Status, cJobs and AveragePPM are ignored.
template <class Settings>
void read_settings(const op::PRINTER_INFO_2& info, Reader& reader, Settings& to) {
    to.share_name = reader.text(info.pShareName);
    to.ports = spooler::split_ports(reader.text(info.pPortName, limits::kMaxCommentChars));
    to.driver_name = reader.text(info.pDriverName);
    to.comment = reader.text(info.pComment, limits::kMaxCommentChars);
    to.location = reader.text(info.pLocation, limits::kMaxCommentChars);
    to.separator_file = reader.text(info.pSepFile, kMaxPathChars);
    to.processor = reader.text(info.pPrintProcessor);
    to.datatype = reader.text(info.pDatatype, kMaxDatatypeChars);
    to.parameters = reader.text(info.pParameters, kMaxParametersChars);
    to.attributes = info.Attributes;
    to.priority = info.Priority;
    to.default_priority = info.DefaultPriority;
    to.start_time = info.StartTime;
    to.until_time = info.UntilTime;
}

Result<spooler::Form> checked_form(spooler::Form form, std::uint32_t flags, const op::SIZE& size, const op::RECTL& area, const ndr::WStr& name) {
    if (flags > static_cast<std::uint32_t>(spooler::FormKind::printer)) return Error(Win32::invalid_parameter, "form flags");
    form.kind = static_cast<spooler::FormKind>(flags);
    TRY(form.name, checked_text(name, limits::kMaxNameChars, Win32::invalid_form_name));
    form.cx = size.cx;
    form.cy = size.cy;
    form.left = area.left;
    form.top = area.top;
    form.right = area.right;
    form.bottom = area.bottom;
    return form;
}

}  // namespace

Result<spooler::NewPrinter> new_printer_from(const op::PRINTER_INFO_2& info, const spooler::ServerNames& names) {
    spooler::NewPrinter printer;
    TRY(printer.name, printer_name(info.pPrinterName, names));
    Reader reader;
    read_settings(info, reader, printer);
    TRY_VOID(reader.outcome());
    return printer;
}

Result<spooler::PrinterChange> change_from(const op::PRINTER_INFO_2& info, const spooler::ServerNames& names) {
    if (info.pDriverName.empty()) return Error(Win32::unknown_printer_driver, "no driver name");
    spooler::PrinterChange change;
    if (!info.pPrinterName.empty()) {
        TRY(change.name, printer_name(info.pPrinterName, names));
    }
    Reader reader;
    read_settings(info, reader, change);
    TRY_VOID(reader.outcome());
    return change;
}

Result<spooler::PrinterChange> change_from(const op::PRINTER_INFO_4& info, const spooler::ServerNames& names) {
    if (info.pPrinterName.empty()) return Error(Win32::invalid_parameter, "no printer name");
    spooler::PrinterChange change;
    TRY(change.name, printer_name(info.pPrinterName, names));
    change.attributes = info.Attributes;
    return change;
}

Result<spooler::PrinterChange> change_from(const op::PRINTER_INFO_5& info, const spooler::ServerNames& names) {
    if (info.pPrinterName.empty()) return Error(Win32::invalid_parameter, "no printer name");
    spooler::PrinterChange change;
    TRY(change.name, printer_name(info.pPrinterName, names));
    TRY(const std::string ports, checked_text(info.pPortName, limits::kMaxCommentChars));
    change.ports = spooler::split_ports(ports);
    change.attributes = info.Attributes;                           // the timeouts do not stick
    return change;
}

Result<spooler::JobChange> change_from(const op::JOB_CONTAINER& container) {
    spooler::JobChange change;
    Reader reader;
    if (const op::JOB_INFO_1* info = container.Level1()) {
        common_job_fields(*info, reader, change);
    } else if (const op::JOB_INFO_2* info2 = container.Level2()) {
        full_job_fields(*info2, reader, change);
    } else if (const op::JOB_INFO_4* info4 = container.Level4()) {
        full_job_fields(*info4, reader, change);
    } else {
        return Error(Win32::invalid_parameter, "job information without data");
    }
    TRY_VOID(reader.outcome());
    if (*change.priority > spooler::kMaxPriority) return Error(Win32::invalid_parameter, "job priority");
    if (*change.priority == 0) change.priority.reset();
    return change;
}

Result<spooler::Form> form_from(const op::FORM_CONTAINER& container) {
    spooler::Form form;
    if (container.Level == 1) {
        const op::FORM_INFO_1* info = container.pFormInfo1();
        if (info == nullptr) return Error(Win32::invalid_parameter, "form without data");
        return checked_form(std::move(form), info->Flags, info->Size, info->ImageableArea, info->pName);
    }
    if (container.Level != 2) return Error(Win32::invalid_level);
    const op::RPC_FORM_INFO_2* info = container.pFormInfo2();
    if (info == nullptr) return Error(Win32::invalid_parameter, "form without data");
    if (info->pKeyword.size >= limits::kMaxNameChars) return Error(Win32::invalid_parameter, "form keyword");
    form.keyword = std::string(info->pKeyword.view());
    form.string_type = info->StringType;
    // What does not belong to the type of string is ignored [MS-RPRN] 2.2.1.6.2.
    if (info->StringType == spooler::form_string::kMuiDll) {
        TRY(form.mui_dll, checked_text(info->pMuiDll));
        if (form.mui_dll.empty()) return Error(Win32::invalid_parameter, "no library for the form's display name");
        form.resource_id = info->dwResourceId;
    }
    if (info->StringType == spooler::form_string::kLanguagePair) {
        TRY(form.display_name, checked_text(info->pDisplayName));
        if (form.display_name.empty()) return Error(Win32::invalid_parameter, "no display name in the form's language");
        form.language_id = info->wLangID;
    }
    return checked_form(std::move(form), info->Flags, info->Size, info->ImageableArea, info->pName);
}

Result<spooler::NewDocument> document_from(const op::DOC_INFO_CONTAINER& container) {
    const op::DOC_INFO_1* info = container.pDocInfo1();
    if (container.Level != 1 || info == nullptr) return Error(Win32::invalid_parameter, "document information of level 1 is needed");
    spooler::NewDocument document;
    Reader reader;
    document.document = reader.text(info->pDocName, limits::kMaxDocumentNameChars);
    document.output_file = reader.text(info->pOutputFile, kMaxPathChars);
    document.datatype = reader.text(info->pDatatype, kMaxDatatypeChars);
    TRY_VOID(reader.outcome());
    return document;
}

}  // namespace server

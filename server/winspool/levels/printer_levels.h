// PRINTER_INFO levels 0 to 8 [MS-RPRN] 2.2.2.9 of GetPrinter, EnumPrinters and the per-machine connections.
#pragma once

#include "server/winspool/levels/reply_context.h"
#include "spooler/model/printer.h"

namespace server {

// PRINTER_INFO_1.Flags of every printer: the printer icon [MS-RPRN] 2.2.3.7.
inline constexpr std::uint32_t kPrinterEnumIcon8 = 0x00800000;

struct PrinterRow {
    spooler::PrinterView view;
    const ReplyContext* context = nullptr;
    std::shared_ptr<const base::ByteBuffer> security;              // self-relative; null: not shown to this caller
    std::string pooled_ports;                                      // "A,B" of a pool
    std::string object_guid;                                       // "{…}" of a published printer, otherwise empty

    // Fills the members that the views below point at. `with_security`: the caller may read the descriptor and the level has it.
    static PrinterRow make(spooler::PrinterView view, const ReplyContext& context, bool with_security);
    // The same with the descriptor's bytes made before: most printers of a list have the same one.
    static PrinterRow make(spooler::PrinterView view, const ReplyContext& context, std::shared_ptr<const base::ByteBuffer> security);

    [[nodiscard]] Text name() const { return Text::joined(context->prefix, view.record->name); }
    [[nodiscard]] Text server() const { return Text::unless_empty(context->server); }
    [[nodiscard]] Text description() const;
    [[nodiscard]] Text ports() const;
    [[nodiscard]] Blob devmode() const;
    [[nodiscard]] Blob security_descriptor() const { return {security ? base::ByteView(*security) : base::ByteView(), {}}; }
    [[nodiscard]] const spooler::PrinterRecord& record() const { return *view.record; }
    void prefetch() const;
};

extern const Level<PrinterRow> kPrinterLevels[9];                  // GetPrinter: 0 to 8
extern const Level<PrinterRow> kEnumPrinterLevels[5];              // EnumPrinters: 0, 1, 2, 4, 5

// PRINTER_INFO_1 of what is no printer of ours: print providers, printers that other servers announced.
struct PlainPrinterRow {
    std::uint32_t flags = 0;                                       // PRINTER_ENUM_*
    std::string description, name, comment;
};
extern const Level<PlainPrinterRow> kPlainPrinterLevels[1];

// PRINTER_INFO_3 of the server object: nothing but its descriptor.
struct ServerSecurityRow {
    base::ByteBuffer security;
    [[nodiscard]] Blob security_descriptor() const { return {security, {}}; }
};
extern const Level<ServerSecurityRow> kServerLevels[1];

}  // namespace server

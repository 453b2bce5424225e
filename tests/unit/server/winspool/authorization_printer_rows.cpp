// Printers and their data: [MS-RPRN] 3.1.4.2, [MS-PAR] 3.1.4.1. Codes are Win32 codes in decimal where the table of [MS-ERREF] has a name
// in base/win32_error.h.
#include "authorization_scene.h"

namespace service_test::authorization {

namespace {

using spooler::Access;

constexpr std::uint32_t kDone = 0;
constexpr std::uint32_t code_number(Win32 code) { return static_cast<std::uint32_t>(code); }

constexpr const char* kServerName = "\\\\WINSPOOLD";
constexpr std::uint32_t kMost = base::access::kMaximumAllowed;

// OpenPrinter in both forms.
void add_open_rows(Rows& rows) {
    struct Open {
        const char* variant;
        Object object;
        Right right;
        const char* name;  // null: the job
        std::uint32_t access;
    };
    const std::array opens = {
        Open{"server_nothing", Object::server, Right::server_enumerate, kServerName, 0},
        Open{"server_administer", Object::server, Right::server_administer, kServerName, Access::server_administer},
        Open{"printer_nothing", Object::printer, Right::use, "Laser", 0},
        Open{"printer_most", Object::printer, Right::use, "Laser", kMost},
        Open{"printer_administer", Object::printer, Right::administer, "Laser", Access::administer},
        Open{"printer_write_dac", Object::printer, Right::administer, "Laser", base::access::kWriteDac},
        Open{"printer_write_owner", Object::printer, Right::administer, "Laser", base::access::kWriteOwner},
        Open{"printer_delete", Object::printer, Right::administer, "Laser", base::access::kDelete},
        Open{"port_use", Object::port, Right::use, "P1, Port", Access::use},
        Open{"port_administer", Object::port, Right::administer, "P1, Port", Access::administer},
        // Without a printer on it only the server's descriptor can decide.
        Open{"spare_port", Object::server, Right::server_administer, "Spare:, Port", Access::use},
        Open{"xcv_enumerate", Object::xcv, Right::server_enumerate, ",XcvMonitor Null Port", Access::server_enumerate},
        Open{"xcv_administer", Object::xcv, Right::server_administer, ",XcvPort Spare:", Access::server_administer},
        Open{"job_nothing", Object::job, Right::job_read, nullptr, 0},
        Open{"job_administer", Object::job, Right::job_administer, nullptr, Access::job_administer},
    };
    for (const Open& open : opens) {
        const auto name = [open](const Scene& s) { return open.name == nullptr ? s.job_name() : std::string(open.name); };
        rows.push_back({"OpenPrinter", open.variant, open.object, open.right, kDone,
                        [open, name](Scene& s) { return s.ask(&op::Client::open_printer, s.open_of(name(s), open.access)); }});
        rows.push_back({"OpenPrinterLegacy", open.variant, open.object, open.right, kDone, [open, name](Scene& s) {
                            op::OpenPrinterLegacy::In in;
                            in.pPrinterName = s.text(name(s));
                            in.AccessRequired = open.access;
                            return s.ask(&op::Client::open_printer_legacy, in);
                        }});
    }
}

op::PRINTER_CONTAINER new_printer(Scene& s) {
    auto* info = s.make<op::PRINTER_INFO_2>();
    info->pPrinterName = s.text("New");
    info->pPortName = s.text("P2");
    info->pDriverName = s.text("Generic");
    info->pPrintProcessor = s.text("winprint");
    op::PRINTER_CONTAINER container;
    container.set_pPrinterInfo2(info);
    return container;
}

op::PRINTER_CONTAINER known_printer(Scene& s) {
    auto* info = s.make<op::PRINTER_INFO_1>();
    info->Flags = spooler::printer_attribute::kShared;
    info->pName = s.text("\\\\far\\known");
    op::PRINTER_CONTAINER container;
    container.set_pPrinterInfo1(info);
    return container;
}

void add_add_rows(Rows& rows) {
    struct Add {
        const char* variant;
        op::PRINTER_CONTAINER (*container)(Scene&);
        std::uint32_t granted;
        bool changes;
    };
    const std::array adds = {Add{"printer", &new_printer, kDone, true},
                             Add{"known", &known_printer, code_number(Win32::printer_already_exists), false}};
    for (const Add& add : adds) {
        rows.push_back({"AddPrinter", add.variant, Object::name, Right::server_administer, add.granted,
                        [add](Scene& s) {
                            op::AddPrinter::In in;
                            in.pPrinterContainer = add.container(s);
                            in.pClientInfo = s.open_of("", 0).pClientInfo;
                            return s.ask(&op::Client::add_printer, in);
                        },
                        add.changes});
        rows.push_back({"AddPrinterLegacy", add.variant, Object::name, Right::server_administer, add.granted,
                        [add](Scene& s) {
                            op::AddPrinterLegacy::In in;
                            in.pPrinterContainer = add.container(s);
                            return s.ask(&op::Client::add_printer_legacy, in);
                        },
                        add.changes});
    }
}

using SetMaker = std::function<void(Scene&, op::SetPrinter::In&)>;

void set_row(Rows& rows, const char* variant, Kind kind, bool changes, SetMaker fill) {
    const bool server = kind == Kind::server;
    rows.push_back({"SetPrinter",
                    variant,
                    server ? Object::server : Object::printer,
                    server ? Right::server_administer : Right::administer,
                    kDone,
                    [kind, fill = std::move(fill)](Scene& s) {
                        op::SetPrinter::In in;
                        in.hPrinter = s.handle(kind);
                        fill(s, in);
                        return s.ask(&op::Client::set_printer, in);
                    },
                    changes,
                    false,
                    true,
                    {Kind::printer, Kind::server}});
}

ndr::Bytes owner_bytes(Scene& s) {
    base::SecurityDescriptor owner;
    owner.owner = base::well_known::administrators();
    owner.dacl = base::Acl{base::Ace{base::AceType::allow, 0, Access::printer_all, base::well_known::administrators()}};
    return s.who()->arena().copy(base::ByteView(base::to_bytes(owner)));
}

void set_security(Scene& s, op::SetPrinter::In& in) {
    in.pPrinterContainer.set_pPrinterInfo3(s.make<op::PRINTER_INFO_3>());
    in.pSecurityContainer.pSecurity = owner_bytes(s);
    in.pSecurityContainer.cbBuf = in.pSecurityContainer.pSecurity.size;
}

void add_set_rows(Rows& rows) {
    set_row(rows, "nothing", Kind::printer, false,
            [](Scene& s, op::SetPrinter::In& in) { in.pPrinterContainer.set_pPrinterInfoStress(s.make<op::PRINTER_INFO_STRESS>()); });
    for (const std::uint32_t command : {1U, 2U, 3U}) {
        const char* const names[] = {"", "pause", "resume", "purge"};
        set_row(rows, names[command], Kind::printer, command != 1, [command](Scene& s, op::SetPrinter::In& in) {
            in.pPrinterContainer.set_pPrinterInfoStress(s.make<op::PRINTER_INFO_STRESS>());
            in.Command = command;
        });
    }
    set_row(rows, "level2", Kind::printer, true, [](Scene& s, op::SetPrinter::In& in) {
        auto container = new_printer(s);
        auto* info = s.make<op::PRINTER_INFO_2>();
        *info = *container.pPrinterInfo2();
        info->pPrinterName = s.text("Laser");
        info->pComment = s.text("mine");
        in.pPrinterContainer.set_pPrinterInfo2(info);
    });
    set_row(rows, "level3", Kind::printer, true, set_security);
    set_row(rows, "level4", Kind::printer, true, [](Scene& s, op::SetPrinter::In& in) {
        auto* info = s.make<op::PRINTER_INFO_4>();
        info->pPrinterName = s.text("Renamed");
        in.pPrinterContainer.set_pPrinterInfo4(info);
    });
    set_row(rows, "level5", Kind::printer, true, [](Scene& s, op::SetPrinter::In& in) {
        auto* info = s.make<op::PRINTER_INFO_5>();
        info->pPrinterName = s.text("Laser");
        info->pPortName = s.text("P3");
        in.pPrinterContainer.set_pPrinterInfo5(info);
    });
    set_row(rows, "level6", Kind::printer, true, [](Scene& s, op::SetPrinter::In& in) {
        auto* info = s.make<op::PRINTER_INFO_6>();
        info->dwStatus = 0x80;
        in.pPrinterContainer.set_pPrinterInfo6(info);
    });
    set_row(rows, "level7", Kind::printer, true, [](Scene& s, op::SetPrinter::In& in) {
        auto* info = s.make<op::PRINTER_INFO_7>();
        info->dwAction = 1;
        in.pPrinterContainer.set_pPrinterInfo7(info);
    });
    set_row(rows, "level8", Kind::printer, true, [](Scene& s, op::SetPrinter::In& in) {
        in.pPrinterContainer.set_pPrinterInfo8(s.make<op::PRINTER_INFO_8>());
        in.pDevModeContainer.pDevMode = s.who()->arena().copy(base::ByteView(spooler::default_devmode("Laser")));
        in.pDevModeContainer.cbBuf = in.pDevModeContainer.pDevMode.size;
    });
    set_row(rows, "server_level3", Kind::server, true, set_security);
}

void add_get_rows(Rows& rows) {
    for (const std::uint32_t level : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U}) {
        rows.push_back({"GetPrinter", "level" + std::to_string(level), Object::printer, Right::use, kDone,
                        [level](Scene& s) {
                            op::GetPrinter::In in;
                            in.hPrinter = s.printer();
                            return s.fetch(&op::Client::get_printer, in, &op::GetPrinter::In::pPrinter, level);
                        },
                        false, false, level == 3, level == 3 ? std::vector{Kind::printer, Kind::server} : std::vector<Kind>()});
    }
    rows.push_back({"GetPrinter", "server_level3", Object::server, Right::server_enumerate, kDone,
                    [](Scene& s) {
                        op::GetPrinter::In in;
                        in.hPrinter = s.server();
                        return s.fetch(&op::Client::get_printer, in, &op::GetPrinter::In::pPrinter, 3);
                    },
                    false, false, true});
    for (const std::uint32_t level : {0U, 1U, 2U, 4U, 5U}) {
        rows.push_back({"EnumPrinters", "level" + std::to_string(level), Object::name, Right::server_enumerate, kDone, [level](Scene& s) {
                            op::EnumPrinters::In in;
                            in.Flags = 2;
                            return s.fetch(&op::Client::enum_printers, in, &op::EnumPrinters::In::pPrinterEnum, level);
                        }});
    }
    rows.push_back({"EnumPrinters", "network", Object::name, Right::server_enumerate, code_number(Win32::can_not_complete), [](Scene& s) {
                        op::EnumPrinters::In in;
                        in.Flags = 0x40;
                        return s.fetch(&op::Client::enum_printers, in, &op::EnumPrinters::In::pPrinterEnum, 1);
                    }});
}

}  // namespace

void add_printer_rows(Rows& rows) {
    add_open_rows(rows);
    add_add_rows(rows);
    add_set_rows(rows);
    add_get_rows(rows);
    // The handle needs DELETE, and its holder the right to administer the printer still.
    rows.push_back({"DeletePrinter",
                    "",
                    Object::printer,
                    Right::administer,
                    kDone,
                    [](Scene& s) {
                        op::DeletePrinter::In in;
                        in.hPrinter = s.printer();
                        return s.ask(&op::Client::delete_printer, in);
                    },
                    true,
                    false,
                    true,
                    {Kind::printer}});
    rows.push_back({"ResetPrinter",
                    "",
                    Object::printer,
                    Right::none,
                    kDone,
                    [](Scene& s) {
                        op::ResetPrinter::In in;
                        in.hPrinter = s.printer();
                        in.pDatatype = s.text("RAW");
                        return s.ask(&op::Client::reset_printer, in);
                    },
                    false,
                    false,
                    false,
                    {Kind::printer}});
    rows.push_back({"ClosePrinter",
                    "",
                    Object::printer,
                    Right::none,
                    kDone,
                    [](Scene& s) {
                        op::ClosePrinter::In in;
                        in.phPrinter = s.printer();
                        return s.ask(&op::Client::close_printer, in);
                    },
                    false,
                    false,
                    false,
                    {Kind::printer, Kind::server, Kind::job, Kind::port, Kind::xcv}});
}

}  // namespace service_test::authorization

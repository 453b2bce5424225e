// Printer data, forms, information contexts, bidirectional data: [MS-RPRN] 3.1.4.2, 3.1.4.5, [MS-PAR] 3.1.4.1, 3.1.4.6.
#include "authorization_scene.h"

namespace service_test::authorization {

namespace {

constexpr std::uint32_t kDone = 0;
constexpr std::uint32_t kMoreData = 234;

const std::vector<Kind> kPrinterOnly = {Kind::printer};
const std::vector<Kind> kPrinterOrServer = {Kind::printer, Kind::server};

// Reading is never checked, not even the handle's rights.
void add_read_rows(Rows& rows) {
    rows.push_back({"GetPrinterData", "printer", Object::printer, Right::none, kDone, [](Scene& s) {
                        op::GetPrinterData::In in;
                        in.hPrinter = s.printer();
                        in.pValueName = s.text("ChangeID");
                        in.nSize = 100;
                        return s.ask(&op::Client::get_printer_data, in);
                    }});
    rows.push_back({"GetPrinterData", "server", Object::server, Right::none, kDone, [](Scene& s) {
                        op::GetPrinterData::In in;
                        in.hPrinter = s.server();
                        in.pValueName = s.text("MajorVersion");
                        in.nSize = 100;
                        return s.ask(&op::Client::get_printer_data, in);
                    }});
    rows.push_back({"GetPrinterDataEx", "printer", Object::printer, Right::none, kDone, [](Scene& s) {
                        op::GetPrinterDataEx::In in;
                        in.hPrinter = s.printer();
                        in.pKeyName = s.text("Key\\Sub");
                        in.pValueName = s.text("Value");
                        in.nSize = 100;
                        return s.ask(&op::Client::get_printer_data_ex, in);
                    }});
    rows.push_back({"EnumPrinterData", "", Object::printer, Right::none, kDone,
                    [](Scene& s) {
                        op::EnumPrinterData::In in;
                        in.hPrinter = s.printer();
                        in.cbValueName = in.cbData = 200;
                        return s.ask(&op::Client::enum_printer_data, in);
                    },
                    false, false, false, kPrinterOnly});
    rows.push_back({"EnumPrinterDataEx", "", Object::printer, Right::none, kMoreData,
                    [](Scene& s) {
                        op::EnumPrinterDataEx::In in;
                        in.hPrinter = s.printer();
                        in.pKeyName = s.text("Key\\Sub");
                        return s.ask(&op::Client::enum_printer_data_ex, in);
                    },
                    false, false, false, kPrinterOnly});
    rows.push_back({"EnumPrinterKey", "", Object::printer, Right::none, kDone,
                    [](Scene& s) {
                        op::EnumPrinterKey::In in;
                        in.hPrinter = s.printer();
                        in.pKeyName = s.text("");
                        in.cbSubkey = 2000;
                        return s.ask(&op::Client::enum_printer_key, in);
                    },
                    false, false, false, kPrinterOnly});
}

template <class In>
void set_number(Scene& s, In& in, const char* name) {
    in.pValueName = s.text(name);
    in.Type = 4;
    in.pData = s.who()->arena().zeroed(4);
    in.cbData = 4;
}

// PRINTER_ACCESS_MANAGE_LIMITED is enough as well; who has that alone is tested beside the table.
void add_write_rows(Rows& rows) {
    rows.push_back({"SetPrinterData", "printer", Object::printer, Right::administer, kDone,
                    [](Scene& s) {
                        op::SetPrinterData::In in;
                        in.hPrinter = s.printer();
                        set_number(s, in, "New");
                        return s.ask(&op::Client::set_printer_data, in);
                    },
                    true, false, true});
    rows.push_back({"SetPrinterData", "server", Object::server, Right::server_administer, kDone,
                    [](Scene& s) {
                        op::SetPrinterData::In in;
                        in.hPrinter = s.server();
                        set_number(s, in, "BeepEnabled");
                        return s.ask(&op::Client::set_printer_data, in);
                    },
                    true, false, true});
    rows.push_back({"SetPrinterDataEx", "printer", Object::printer, Right::administer, kDone,
                    [](Scene& s) {
                        op::SetPrinterDataEx::In in;
                        in.hPrinter = s.printer();
                        in.pKeyName = s.text("Key");
                        set_number(s, in, "New");
                        return s.ask(&op::Client::set_printer_data_ex, in);
                    },
                    true, false, true});
    rows.push_back({"DeletePrinterData", "", Object::printer, Right::administer, kDone,
                    [](Scene& s) {
                        op::DeletePrinterData::In in;
                        in.hPrinter = s.printer();
                        in.pValueName = s.text("Value");
                        return s.ask(&op::Client::delete_printer_data, in);
                    },
                    true, false, true, kPrinterOnly});
    rows.push_back({"DeletePrinterDataEx", "", Object::printer, Right::administer, kDone,
                    [](Scene& s) {
                        op::DeletePrinterDataEx::In in;
                        in.hPrinter = s.printer();
                        in.pKeyName = s.text("Key\\Sub");
                        in.pValueName = s.text("Value");
                        return s.ask(&op::Client::delete_printer_data_ex, in);
                    },
                    true, false, true, kPrinterOnly});
    rows.push_back({"DeletePrinterKey", "", Object::printer, Right::administer, kDone,
                    [](Scene& s) {
                        op::DeletePrinterKey::In in;
                        in.hPrinter = s.printer();
                        in.pKeyName = s.text("Key");
                        return s.ask(&op::Client::delete_printer_key, in);
                    },
                    true, false, true, kPrinterOnly});
}

// Through either kind of handle; changes need the right on the server whichever it is.
void add_form_rows(Rows& rows) {
    for (const Kind kind : kPrinterOrServer) {
        const Object object = kind == Kind::printer ? Object::printer : Object::server;
        const char* const variant = kind == Kind::printer ? "printer" : "server";
        rows.push_back({"AddForm", variant, object, Right::server_administer, kDone,
                        [kind](Scene& s) {
                            op::AddForm::In in;
                            in.hPrinter = s.handle(kind);
                            in.pFormInfoContainer = s.form("New");
                            return s.ask(&op::Client::add_form, in);
                        },
                        true, false, false, kPrinterOrServer});
        rows.push_back({"SetForm", variant, object, Right::server_administer, kDone,
                        [kind](Scene& s) {
                            op::SetForm::In in;
                            in.hPrinter = s.handle(kind);
                            in.pFormName = s.text("Card");
                            in.pFormInfoContainer = s.form("Card");
                            return s.ask(&op::Client::set_form, in);
                        },
                        true, false, false, kPrinterOrServer});
        rows.push_back({"DeleteForm", variant, object, Right::server_administer, kDone,
                        [kind](Scene& s) {
                            op::DeleteForm::In in;
                            in.hPrinter = s.handle(kind);
                            in.pFormName = s.text("Card");
                            return s.ask(&op::Client::delete_form, in);
                        },
                        true, false, false, kPrinterOrServer});
        rows.push_back({"GetForm", variant, object, Right::none, kDone,
                        [kind](Scene& s) {
                            op::GetForm::In in;
                            in.hPrinter = s.handle(kind);
                            in.pFormName = s.text("Card");
                            return s.fetch(&op::Client::get_form, in, &op::GetForm::In::pForm, 2);
                        },
                        false, false, false, kPrinterOrServer});
        rows.push_back({"EnumForms", variant, object, Right::none, kDone,
                        [kind](Scene& s) {
                            op::EnumForms::In in;
                            in.hPrinter = s.handle(kind);
                            return s.fetch(&op::Client::enum_forms, in, &op::EnumForms::In::pForm, 1);
                        },
                        false, false, false, kPrinterOrServer});
    }
}

void add_context_rows(Rows& rows) {
    rows.push_back({"CreatePrinterIC", "", Object::printer, Right::none, kDone,
                    [](Scene& s) {
                        op::CreatePrinterIC::In in;
                        in.hPrinter = s.printer();
                        return s.ask(&op::Client::create_printer_ic, in);
                    },
                    false, false, false, kPrinterOnly});
    rows.push_back({"PlayGdiScriptOnPrinterIC",
                    "",
                    Object::printer,
                    Right::none,
                    kDone,
                    [](Scene& s) {
                        op::PlayGdiScriptOnPrinterIC::In in;
                        in.hPrinterIC = s.handle(Kind::information);
                        in.pIn = s.who()->arena().zeroed(4);
                        in.cIn = in.cOut = 4;
                        return s.ask(&op::Client::play_gdi_script_on_printer_ic, in);
                    },
                    false,
                    false,
                    false,
                    {Kind::information}});
    rows.push_back({"DeletePrinterIC",
                    "",
                    Object::printer,
                    Right::none,
                    kDone,
                    [](Scene& s) {
                        op::DeletePrinterIC::In in;
                        in.phPrinterIC = s.handle(Kind::information);
                        return s.ask(&op::Client::delete_printer_ic, in);
                    },
                    false,
                    false,
                    false,
                    {Kind::information}});
    for (const Kind kind : {Kind::printer, Kind::port}) {
        rows.push_back({"SendRecvBidiData",
                        kind == Kind::printer ? "printer" : "port",
                        kind == Kind::printer ? Object::printer : Object::port,
                        Right::use,
                        static_cast<std::uint32_t>(Win32::not_supported),
                        [kind](Scene& s) {
                            op::SendRecvBidiData::In in;
                            in.hPrinter = s.handle(kind);
                            in.pAction = s.text("foobar");
                            in.pReqData.Version = 1;
                            return s.ask(&op::Client::send_recv_bidi_data, in);
                        },
                        false,
                        false,
                        false,
                        {Kind::printer, Kind::port}});
    }
}

}  // namespace

void add_data_rows(Rows& rows) {
    add_read_rows(rows);
    add_write_rows(rows);
    add_form_rows(rows);
    add_context_rows(rows);
}

}  // namespace service_test::authorization

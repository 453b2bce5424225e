// The authorization table: what every operation of both printing interfaces needs and what it answers to those who have it, as the
// specifications say it. The rows are in authorization_*_rows.cpp; a Scene is a fresh server for one cell of the table.
#pragma once

#include "port_fixture.h"

#include <functional>

namespace service_test::authorization {

enum class Principal { user, job_owner, manage_documents, manage_printer, print_operator, administrator };
inline constexpr std::array kPrincipals = {Principal::user,           Principal::job_owner,      Principal::manage_documents,
                                           Principal::manage_printer, Principal::print_operator, Principal::administrator};
[[nodiscard]] const char* name_of(Principal principal);

enum class Right {
    none,  // beyond the open
    server_enumerate,
    server_administer,
    use,             // of the printer
    administer,      // the printer, or one of the standard rights that PRINTER_ALL_ACCESS has
    job_administer,  // and DELETE, which JOB_ALL_ACCESS has as well
    job_read,
    job_order,  // job_administer, through a handle opened to administer the printer
    both_jobs,  // job_administer on the owner's job and on somebody else's
};

// What the request names; decides what is left when nobody but administrators may open printers and the server.
enum class Object { name, server, printer, job, port, xcv };

enum class Kind { printer, server, job, port, xcv, information, notification };

class Scene;

struct Row {
    std::string operation;  // as in winspool.ops
    std::string variant;    // "" when the operation has one row
    Object object;
    Right right;
    std::uint32_t granted;  // the result for those who have the right: a Win32 code, an HRESULT where the operation has one
    std::function<std::uint32_t(Scene&)> run;
    bool changes = false;  // something durable when it succeeds; the others write nothing
    bool hresult = false;
    // Whose rights count: those the handle was opened with, or the caller's at the time of the call.
    bool by_handle = false;
    std::vector<Kind> kinds = {};  // of handles that the operation takes; empty: tried with another row, or it takes none
};
using Rows = std::vector<Row>;

void add_printer_rows(Rows& rows);
void add_data_rows(Rows& rows);
void add_job_rows(Rows& rows);
void add_document_rows(Rows& rows);
void add_notification_rows(Rows& rows);
void add_port_rows(Rows& rows);
void add_driver_rows(Rows& rows);
void add_server_rows(Rows& rows);
[[nodiscard]] const Rows& table();

// A queue with two jobs, and one of everything that can be deleted. Alice owns the first job, carol the second.
class Scene : public PortFixture {
 public:
    void SetUp() override;
    void become(Principal principal, op::Via via);
    // Takes every right on server and printers from everybody but administrators.
    void close_everything();
    // From now on handles are opened with the least that operations can need, whatever the caller could have.
    void open_for_use_only() { weak_ = true; }
    // From now on requests bring a handle of this kind, whichever they would open.
    void substitute(Kind kind) { substitute_ = kind; }
    // What the requests of the row have changed so far; the scene's own changes do not count.
    [[nodiscard]] std::size_t changes() const { return store_->changes().size() - own_changes_; }

    // The handles of requests. A refused open is what the row answers.
    ndr::ContextHandle handle(Kind kind);
    ndr::ContextHandle handle(Kind kind, std::string_view name, std::uint32_t access);
    ndr::ContextHandle printer() { return handle(Kind::printer); }
    ndr::ContextHandle server() { return handle(Kind::server); }
    ndr::ContextHandle information();
    ndr::ContextHandle registration();
    // A handle of this kind with an open document.
    ndr::ContextHandle document(Kind kind);

    template <class In, class Out>
    std::uint32_t ask(base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), const In& in) {
        if (refused_ != Win32::success) return static_cast<std::uint32_t>(refused_);
        const Out out = call(who_, method, in);
        if (who_->fault != 0) return who_->fault;
        return out.result;
    }
    // A query with room enough.
    template <class In, class Out>
    std::uint32_t fetch(base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), In in, ndr::Bytes In::*room) {
        in.cbBuf = 60000;
        in.*room = buffer(who_, in.cbBuf);
        return ask(method, in);
    }
    template <class In, class Out>
    std::uint32_t fetch(base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), In in, ndr::Bytes In::*room,
                        std::uint32_t level) {
        in.Level = level;
        return fetch(method, std::move(in), room);
    }
    ndr::WStr text(std::string_view value) { return wide(who_, value); }
    template <class T>
    T* make() {
        return who_->arena().alloc<T>();
    }
    op::OpenPrinter::In open_of(std::string_view name, std::uint32_t access) { return open_request(who_, name, access); }
    op::DOC_INFO_CONTAINER document_information();
    op::FORM_CONTAINER form(std::string_view name);
    op::RpcPrintPropertiesCollection filter();
    // Files of a driver in the upload area; and the driver made of them, by an administrator.
    void upload_driver();
    void install_driver(const op::DRIVER_CONTAINER& driver);
    [[nodiscard]] Session* who() { return who_; }
    [[nodiscard]] std::string job_name() const { return "Laser, Job " + std::to_string(job); }
    // Something to tell to those who wait for it.
    void status_changes();

    spooler::JobId job = 0, other_job = 0;

 protected:
    void TestBody() override {}

 private:
    void make_objects();

    Session* who_ = nullptr;
    Win32 refused_ = Win32::success;
    bool weak_ = false;
    std::size_t own_changes_ = 0;
    std::optional<Kind> substitute_;
};

}  // namespace service_test::authorization

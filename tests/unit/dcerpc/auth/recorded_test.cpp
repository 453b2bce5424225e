// Dialogues of other implementations with our acceptor, recorded once and replayed byte for byte: the acceptor's challenge and clock
// stood still, so its answers must come out the same. User alice, password Secret1, domain OFFICE.
//
// Samba 4.17: the Python binding of its security library (samba.gensec) as client, mechanisms "spnego" at level privacy and "ntlmssp" at
// level integrity; messages by wrap/unwrap and sign_packet/check_packet. After the mechListMIC its signatures go on with number 1.
// impacket 0.10: ntlm.getNTLMSSPType1/Type3 (no MIC, no timestamp of its own) with random.seed(1), messages by ntlm.SEAL.
#include "auth_support.h"
#include "dcerpc/auth/ntlm/acceptor.h"
#include "dcerpc/auth/spnego.h"
#include "dcerpc/auth/spnego_messages.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

using auth_test::hex;

struct Leg {
    const char* received;
    const char* answer;                                                            // "" = none
};

// One direction after the other: what came in sealed or signed, what went out. Header and trailer were "HEADER" and "TRAILER" or absent.
struct Message {
    const char *header, *trailer;
    const char *body, *signature;                                                  // as on the wire
    const char* text;                                                              // in clear
};

const Leg kSambaSpnegoLegs[] = {
    {"604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a04284e544c4d5353500001000000358208620000"
         "0000280000000000000028000000060100000000000f",
     "a181d43081d1a0030a0101a10c060a2b06010401823702020aa281bb0481b84e544c4d5353500002000000120012003800000035"
         "828a62424242424242424200000000000000006e006e004a000000060100000000000f5000520049004e00540048004f00530054"
         "0002000c004f0046004600490043004500010012005000520049004e00540048004f005300540004000e006500780061006d0070"
         "006c006500030022007000720069006e00740068006f00730074002e006500780061006d0070006c006500070008000000000000"
         "00da0100000000"},
    {"a18201d0308201cca28201b4048201b04e544c4d535350000300000018001800580000000a010a01700000000c000c007a010000"
         "0a000a0086010000100010009001000010001000a001000035820862060100000000000f917b8fb143f07f7843c736dc035f21ae"
         "0000000000000000000000000000000000000000000000003ba7d29f9b449ba51a598f625bf366be010100000000000000000000"
         "0000da01f2dc99bc1aa9943d0000000002000c004f0046004600490043004500010012005000520049004e00540048004f005300"
         "540004000e006500780061006d0070006c006500030022007000720069006e00740068006f00730074002e006500780061006d00"
         "70006c00650007000800000000000000da01060004000200000008003000300000000000000000000000000000004e73b535df0d"
         "63dc57901a4113d8b9d1e9acd0f4e6a06c894f93c7e646f341800a0010000000000000000000000000000000000009001c006800"
         "6f00730074002f007000720069006e00740068006f0073007400000000004f004600460049004300450061006c00690063006500"
         "530041004d004200410042004f005800d79f2fa54b7270980d215057b421be35a312041001000000a14ad2a5eb6903f600000000",
     "a11b3019a0030a0100a31204100100000035739d6a8dff3a2d00000000"},
};

const Message kSambaSpnegoReceived[] = {
    {"", "", "ae0d2d8936fa74af544f3284e76f062dae9b18a8",
     "01000000cadc5cc9077d2d8c01000000", "6d65737361676520302066726f6d2073616d6261"},
    {"", "", "589c2ccd1bf982949704b7f3ffb21eb5adf58643",
     "010000006e4d1d3b4f40460e02000000", "6d65737361676520312066726f6d2073616d6261"},
    {"", "", "80344984804d2e4c3a91fbf298cba4f45e088bf4",
     "010000004f0631d54d89090203000000", "6d65737361676520322066726f6d2073616d6261"},
};

const Message kSambaSpnegoSent[] = {
    {"", "", "7da53dbcb780b8c6d3b1c2eb6e772a58",
     "010000002398094285d4341f01000000", "616e7377657220302066726f6d207573"},
    {"", "", "042e415730925e4fdde37b467321f178",
     "01000000efd684afd31ed7f402000000", "616e7377657220312066726f6d207573"},
    {"", "", "d8103db9e4c199f51cd123b5e3750eb5",
     "01000000304104c7d246041a03000000", "616e7377657220322066726f6d207573"},
};

const Leg kSambaNtlmLegs[] = {
    {"4e544c4d53535000010000001582086200000000280000000000000028000000060100000000000f",
     "4e544c4d5353500002000000120012003800000015828a62424242424242424200000000000000006e006e004a00000006010000"
         "0000000f5000520049004e00540048004f005300540002000c004f0046004600490043004500010012005000520049004e005400"
         "48004f005300540004000e006500780061006d0070006c006500030022007000720069006e00740068006f00730074002e006500"
         "780061006d0070006c00650007000800000000000000da0100000000"},
    {"4e544c4d535350000300000018001800580000000a010a01700000000c000c007a0100000a000a00860100001000100090010000"
         "10001000a001000015820862060100000000000ff718f48736b484c560aa2d286709587a00000000000000000000000000000000"
         "0000000000000000b87b0905169b6f2831d85b8c8eb953c50101000000000000000000000000da01d19f16429f04757c00000000"
         "02000c004f0046004600490043004500010012005000520049004e00540048004f005300540004000e006500780061006d007000"
         "6c006500030022007000720069006e00740068006f00730074002e006500780061006d0070006c00650007000800000000000000"
         "da01060004000200000008003000300000000000000000000000000000009c8da6d5eaf63cb0b7b1a0dc3e27a027c0e7061cf117"
         "47122c2eb0374138678b0a0010000000000000000000000000000000000009001c0068006f00730074002f007000720069006e00"
         "740068006f0073007400000000004f004600460049004300450061006c00690063006500530041004d004200410042004f005800"
         "7533e54760c34dae2f0a7409c5e3e5fd",
     ""},
};

const Message kSambaNtlmReceived[] = {
    {"484541444552", "545241494c4552", "6d65737361676520302066726f6d2073616d6261",
     "01000000f609291ede2dd3d700000000", "6d65737361676520302066726f6d2073616d6261"},
    {"484541444552", "545241494c4552", "6d65737361676520312066726f6d2073616d6261",
     "01000000276e316e000b520c01000000", "6d65737361676520312066726f6d2073616d6261"},
    {"484541444552", "545241494c4552", "6d65737361676520322066726f6d2073616d6261",
     "010000001bed7e880f4f65eb02000000", "6d65737361676520322066726f6d2073616d6261"},
};

const Message kSambaNtlmSent[] = {
    {"4844", "5452", "616e7377657220302066726f6d207573",
     "01000000ad8cc1b8ebe1151800000000", "616e7377657220302066726f6d207573"},
    {"4844", "5452", "616e7377657220312066726f6d207573",
     "010000004888daab121cc1eb01000000", "616e7377657220312066726f6d207573"},
    {"4844", "5452", "616e7377657220322066726f6d207573",
     "01000000996f1ade1ed7869702000000", "616e7377657220322066726f6d207573"},
};

const Leg kImpacketNtlmLegs[] = {
    {"4e544c4d5353500001000000358288e000000000000000000000000000000000",
     "4e544c4d5353500002000000120012003800000035828ae0424242424242424200000000000000006e006e004a00000000000000"
         "000000005000520049004e00540048004f005300540002000c004f0046004600490043004500010012005000520049004e005400"
         "48004f005300540004000e006500780061006d0070006c006500030022007000720069006e00740068006f00730074002e006500"
         "780061006d0070006c00650007000800000000000000da0100000000"},
    {"4e544c4d53535000030000001800180062000000be00be007a0000000c000c00400000000a000a004c0000000c000c0056000000"
         "1000100038010000358288e04f004600460049004300450061006c0069006300650049004d00500042004f005800341f0bf3f665"
         "ebde91d2eb27a32b7de6384153504d3467374b36e5da4aabad3baed1e1b5232f77380101000000000000000000000000da013841"
         "53504d3467370000000002000c004f0046004600490043004500010012005000520049004e00540048004f005300540004000e00"
         "6500780061006d0070006c006500030022007000720069006e00740068006f00730074002e006500780061006d0070006c006500"
         "07000800000000000000da0109001c0063006900660073002f005000520049004e00540048004f00530054000000000000000000"
         "a8b7a6b43cae03fbca18a3488030fb39",
     ""},
};

const Message kImpacketNtlmReceived[] = {
    {"484541444552", "545241494c4552", "18762e3213f122192d8bc1e7b5b75a4454c0f34eb5eeee",
     "010000002ff97e57f93e495600000000", "6d65737361676520302066726f6d20696d7061636b6574"},
    {"484541444552", "545241494c4552", "02215a90e1e4205abdd85060aa9e6ff8332e035379342f",
     "010000002aaf13e13963ae0101000000", "6d65737361676520312066726f6d20696d7061636b6574"},
};

const Message kImpacketNtlmSent[] = {
    {"484541444552", "545241494c4552", "d30513ce2a4ee62b",
     "01000000f72ed964e89dafcb00000000", "616e737765722030"},
    {"484541444552", "545241494c4552", "8553048c67185599",
     "01000000457ee561f376633101000000", "616e737765722031"},
};

class Recorded : public ::testing::Test, protected auth_test::World {
 protected:
    Recorded() {
        accounts.add(u"alice", u"Secret1");
        challenge_.fill(std::byte{0x42});
    }
    std::unique_ptr<ntlm::Acceptor> acceptor(std::uint8_t level) { return std::make_unique<ntlm::Acceptor>(settings, level, challenge_); }
    std::unique_ptr<SecurityContext> spnego_acceptor(std::uint8_t level) {
        std::vector<MechanismEntry> mechanisms;
        MechanismEntry entry;
        entry.oid = spnego::oid::ntlmssp();
        entry.make = [this, level]() -> std::unique_ptr<Mechanism> { return acceptor(level); };
        mechanisms.push_back(std::move(entry));
        return std::make_unique<SpnegoAcceptor>(std::move(mechanisms));
    }
    static void authenticate(SecurityContext& server, std::span<const Leg> legs, std::string_view workstation) {
        AuthStep step;
        for (const Leg& leg : legs) {
            step = server.step(hex(leg.received));
            ASSERT_NE(step.state, AuthState::failed) << step.reason;
            EXPECT_EQ(hex(step.token), leg.answer);
        }
        EXPECT_EQ(step.state, AuthState::complete);
        EXPECT_EQ(step.user, "OFFICE\\alice");
        EXPECT_EQ(step.workstation, workstation);
    }
    static void messages(SecurityContext& server, Protection protection, std::span<const Message> received, std::span<const Message> sent) {
        for (const Message& message : received) {
            const base::ByteBuffer header = hex(message.header), trailer = hex(message.trailer), signature = hex(message.signature);
            base::ByteBuffer body = hex(message.body);
            ASSERT_TRUE(server.unprotect(protection, ProtectedParts{header, body, trailer}, signature));
            EXPECT_EQ(hex(body), message.text);
        }
        for (const Message& message : sent) {
            const base::ByteBuffer header = hex(message.header), trailer = hex(message.trailer);
            base::ByteBuffer body = hex(message.text), signature(16);
            ASSERT_TRUE(server.protect(protection, ProtectedParts{header, body, trailer}, signature));
            EXPECT_EQ(hex(body), message.body);
            EXPECT_EQ(hex(signature), message.signature);
        }
    }

    ntlm::Challenge challenge_{};
};

TEST_F(Recorded, SambaSpnegoPrivacy) {
    const auto server = spnego_acceptor(6);
    authenticate(*server, kSambaSpnegoLegs, "SAMBABOX");
    messages(*server, Protection::privacy, kSambaSpnegoReceived, kSambaSpnegoSent);
}

TEST_F(Recorded, SambaNtlmIntegrity) {
    const auto server = acceptor(5);
    authenticate(*server, kSambaNtlmLegs, "SAMBABOX");
    messages(*server, Protection::integrity, kSambaNtlmReceived, kSambaNtlmSent);
}

TEST_F(Recorded, ImpacketNtlmPrivacy) {
    const auto server = acceptor(6);
    authenticate(*server, kImpacketNtlmLegs, "IMPBOX");
    messages(*server, Protection::privacy, kImpacketNtlmReceived, kImpacketNtlmSent);
}

}  // namespace
}  // namespace dcerpc

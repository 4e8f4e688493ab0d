//! Who writes what in the demo: seven customers of six companies, two bugs and a wish, each in words of their own.

/// What a customer writes about. The story knows; Heard has to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The last row is missing from every export.
    Export,
    /// The mail that resets a password does not come.
    Reset,
    /// Reports by mail, without anybody's doing.
    Reports,
}

/// A customer with their company and what they write.
pub struct Person {
    /// First and last name.
    pub name: &'static str,
    /// Whom they write for.
    pub company: &'static str,
    /// What the company pays for.
    pub plan: &'static str,
    /// A year, in whole euros.
    pub revenue: u64,
    /// In how many days the company's contract renews.
    pub renews_in_days: u64,
    /// What it is about.
    pub about: Subject,
    /// The ticket's first line.
    pub subject: &'static str,
    /// The ticket's text.
    pub words: &'static str,
}

/// Who says that the fix works.
pub const SATISFIED: &str = "Ana Sousa";
/// Who says that it is still broken.
pub const UNLUCKY: &str = "Ben Carter";
/// What they see instead.
pub const STILL_BROKEN: &str = "The last row is back in the plain report, thank you. But when I filter by depot before exporting, it is still missing.";
/// What support tells the first who wrote.
pub const FIRST_ANSWER: &str = "Hi Ana,\n\nthank you for the exact numbers. I see the same here and am taking it to our \
    engineers. You will hear from us when it is fixed.\n\nSam";
/// What support lets customers be told about the fix.
pub const SUMMARY: &str =
    "Exports hold every row again, the last one included. Files made before can simply be exported once more.";

/// Who writes at the end, so that nobody has answered for Heard yet.
pub const LATECOMERS: [Person; 2] = [
    Person {
        name: "Ole Dahl",
        company: "Fjord Line Cargo",
        plan: "Business",
        revenue: 54_000,
        renews_in_days: 62,
        about: Subject::Export,
        subject: "Export file is shorter than the screen",
        words: "Hi, the CSV file that I export has fewer rows than the screen shows. I filter by warehouse first.\n\nOle Dahl",
    },
    Person {
        name: "Ingrid Berg",
        company: "Nordlys Clinics",
        plan: "Enterprise",
        revenue: 72_000,
        renews_in_days: 20,
        about: Subject::Reset,
        subject: "Cannot log in, no mail comes",
        words: "Hello, I clicked forgot password twice and no mail comes. What now?\n\nIngrid",
    },
];

/// Everybody else, in the order in which they write.
pub const PEOPLE: [Person; 7] = [
    Person {
        name: "Ana Sousa",
        company: "Lovelace Analytics",
        plan: "Enterprise",
        revenue: 96_000,
        renews_in_days: 41,
        about: Subject::Export,
        subject: "CSV export is missing its last row",
        words: "Hello,\n\nevery CSV export of our monthly report is missing its last row. The screen shows 214 rows, the \
            file has 213. Could you have a look? These files go to our auditors.\n\nBest regards\nAna",
    },
    Person {
        name: "Jun Tanaka",
        company: "Kobo Systems",
        plan: "Business",
        revenue: 38_000,
        renews_in_days: 190,
        about: Subject::Reset,
        subject: "Password reset mail never arrives",
        words: "Hi, I asked for a new password three times today and the reset mail never arrives. It is not in the spam \
            folder either. I cannot log in like this.\n\nJun",
    },
    Person {
        name: "Ben Carter",
        company: "Northwind Freight",
        plan: "Business",
        revenue: 42_000,
        renews_in_days: 75,
        about: Subject::Export,
        subject: "Last row missing in CSV export",
        words: "Hi there,\n\nwhen I export the shipments report to CSV, the last row is not in the file. On the screen \
            everything is there. It is the same with every export I tried this week.\n\nThanks\nBen",
    },
    Person {
        name: "Tom Becker",
        company: "Alpine Outdoor",
        plan: "Starter",
        revenue: 4_800,
        renews_in_days: 300,
        about: Subject::Reports,
        subject: "Scheduled reports by email",
        words: "Hello, it would be great if a report could come to us by email every Monday morning, so that nobody has \
            to remember to download it.\n\nTom",
    },
    Person {
        name: "Priya Nair",
        company: "Harbor Health",
        plan: "Enterprise",
        revenue: 120_000,
        renews_in_days: 28,
        about: Subject::Reset,
        subject: "Forgot password: the reset mail does not come",
        words: "Good morning,\n\nseveral of our nurses clicked \"Forgot password\" and the password reset mail never \
            arrives, so they cannot log in before their shift. It is getting urgent.\n\nPriya Nair",
    },
    Person {
        name: "Chloe Martin",
        company: "Petit & Filles",
        plan: "Starter",
        revenue: 3_600,
        renews_in_days: 120,
        about: Subject::Export,
        subject: "The sum in Excel is too low",
        words: "Hello,\n\nwe download our order list and open it in Excel, and the total is always a bit too low. It took \
            us a while to see why: the final order is simply not in the file. Is this known?\n\nChloe",
    },
    Person {
        name: "Maria Lindqvist",
        company: "Harbor Health",
        plan: "Enterprise",
        revenue: 120_000,
        renews_in_days: 28,
        about: Subject::Reports,
        subject: "Send the weekly report automatically",
        words: "Hi, could you add a way to send the weekly report to our managers by email automatically? At the moment \
            I download it and forward it by hand every Monday.\n\nMaria",
    },
];

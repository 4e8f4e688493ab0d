//! The words by which the columns of exports are known: in lower case, Latin letters without accents.

/// What a ticket is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ExportColumn {
    Id,
    CreatedAt,
    Subject,
    Body,
    Customer,
    Organization,
    Kind,
    Area,
    Brand,
}

impl ExportColumn {
    pub(super) const ALL: [Self; 9] = [
        Self::Id,
        Self::CreatedAt,
        Self::Subject,
        Self::Body,
        Self::Customer,
        Self::Organization,
        Self::Kind,
        Self::Area,
        Self::Brand,
    ];

    /// The word for it, on the command line and in the report.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::CreatedAt => "created_at",
            Self::Subject => "subject",
            Self::Body => "body",
            Self::Customer => "customer",
            Self::Organization => "organization",
            Self::Kind => "kind",
            Self::Area => "area",
            Self::Brand => "brand",
        }
    }
}

/// Names as a whole, the best first, each with how much it counts beside others.
#[rustfmt::skip]
pub(super) const PHRASES: [(ExportColumn, u8, &[&str]); 11] = [
    (
        ExportColumn::Id,
        0,
        &["id", "key", "number", "#", "no", "nr", "ticket", "case", "identifier", "uuid", "reference", "ref", "nummer", "numero"],
    ),
    (
        ExportColumn::CreatedAt,
        0,
        &[
            "erstellt", "erstellt am", "erstellungsdatum", "angelegt am", "eroffnet am", "eingangsdatum", "date de creation", "cree le",
            "fecha de creacion", "creado", "creado el", "data de criacao", "criado em", "data di creazione", "data creazione",
            "creato il", "aangemaakt", "aangemaakt op", "gemaakt op", "utworzono", "data utworzenia", "vytvoreno", "datum vytvoreni",
            "作成日時", "作成日", "受付日時", "受付日", "登録日時", "登録日", "创建时间", "创建日期",
        ],
    ),
    (
        ExportColumn::CreatedAt,
        1,
        &["date time", "datetime", "timestamp", "date", "time", "when", "datum", "fecha", "日時", "日付", "日期", "时间"],
    ),
    (
        ExportColumn::Subject,
        0,
        &[
            "subject", "subject line", "title", "summary", "short description", "short desc", "headline", "betreff", "titel", "objet",
            "sujet", "titre", "asunto", "titulo", "oggetto", "titolo", "assunto", "onderwerp", "temat", "tytul", "predmet", "件名",
            "題名", "タイトル", "主题", "标题",
        ],
    ),
    (
        ExportColumn::Body,
        0,
        &[
            "description text", "description", "body text", "text body", "plain body", "body", "first message", "initial message",
            "message body", "message text", "message", "first comment", "text", "content", "problem description", "details",
            "question", "comment", "inquiry", "enquiry", "beschreibung", "nachricht", "inhalt", "contenu", "descripcion", "mensaje",
            "contenido", "descrizione", "messaggio", "contenuto", "descricao", "mensagem", "omschrijving", "beschrijving", "bericht",
            "opis", "tresc", "wiadomosc", "popis", "zprava", "obsah", "本文", "内容", "説明", "詳細", "描述", "正文",
        ],
    ),
    (ExportColumn::Body, 1, &["comments", "body html", "html body", "description html"]),
    (
        ExportColumn::Body,
        2,
        &[
            "messages body", "messages text", "messages content", "messages message", "threads body", "comments body", "comments text",
        ],
    ),
    (ExportColumn::Kind, 0, &["kind", "issue type", "issuetype", "work type", "type", "typ"]),
    (
        ExportColumn::Area,
        0,
        &[
            "area", "component", "components", "product", "category", "module", "product area", "produkt", "kategorie", "categorie",
            "categoria", "カテゴリ",
        ],
    ),
    (ExportColumn::Brand, 0, &["brand", "brand id", "brand name", "marke", "marque"]),
    (ExportColumn::Organization, 1, &["会社", "会社名", "企業名"]),
];

/// What a ticket is called in front of what is said of it, as in "Ticket name".
#[rustfmt::skip]
pub(super) const OBJECTS: [&str; 13] = [
    "ticket", "tickets", "case", "issue", "bug", "defect", "request", "incident", "conversation", "inquiry", "enquiry", "thread", "vorgang",
];

/// Words of a system, in front of others.
pub(super) const OUTER: [&str; 2] = ["sys", "hs"];

/// That a ticket came to be, the surest word first.
#[rustfmt::skip]
pub(super) const MADE: [&str; 20] = [
    "created", "creation", "create", "createdate", "createdat", "createdon", "opened", "submitted", "received", "requested", "reported",
    "raised", "registered", "logged", "filed", "posted", "sent", "opendate", "asked", "creationdate",
];
/// What may stand beside that.
pub(super) const DATED: [&str; 12] =
    ["at", "on", "date", "time", "datetime", "timestamp", "day", "utc", "gmt", "local", "ts", "iso"];

/// Words for a customer, in groups: who asked, who wrote, who typed it in.
#[rustfmt::skip]
pub(super) const PEOPLE: [&[&str]; 3] = [
    &[
        "customer", "customers", "requester", "requesters", "requestor", "requestors", "contact", "contacts", "caller", "client",
        "kunde", "kunden", "kundin", "kontakt", "anforderer", "cliente", "demandeur", "contacto", "solicitante", "contatto",
        "richiedente", "klant", "klient", "zakaznik", "顧客", "お客様", "客户", "依頼者",
    ],
    &[
        "reporter", "reported by", "raised by", "requested by", "sender", "from", "absender", "melder", "expediteur", "remitente",
        "mittente", "nadawca", "送信者",
    ],
    &["user", "author", "submitter", "submitted by", "creator", "created by", "autor", "auteur"],
];

/// Words for a part of somebody's name.
#[rustfmt::skip]
pub(super) const NAME_PARTS: [&str; 13] = [
    "firstname", "lastname", "forename", "surname", "vorname", "nachname", "prenom", "apellido", "apellidos", "cognome", "voornaam",
    "achternaam", "sobrenome",
];

/// Words for people of the team.
pub(super) const AGENTS: [&str; 6] = ["agent", "assignee", "assigned", "owner", "bearbeiter", "担当者"];

/// Words for a company.
#[rustfmt::skip]
pub(super) const ORGANIZATIONS: [&str; 16] = [
    "organization", "organizations", "organisation", "organisations", "company", "companies", "account", "firma", "unternehmen",
    "entreprise", "societe", "empresa", "azienda", "bedrijf", "organizacja", "spolecnost",
];

/// What may stand in front of a person or a company.
pub(super) const QUALIFIERS: [&str; 5] = ["associated", "primary", "related", "main", "original"];

/// By what somebody is told, best first: an address, a number, a name to sign in with, nothing more, a name.
#[rustfmt::skip]
pub(super) const DETAILS: [&[&str]; 5] = [
    &["email", "e mail", "mail", "emails", "email address", "e mail address", "mail address", "address", "mailadresse", "メールアドレス"],
    &["id", "ids", "key", "number", "no", "account id", "external id", "uuid", "nr"],
    &["login", "username", "user name", "handle"],
    &[""],
    &["name", "names", "full name", "display name", "displayname", "fullname"],
];

/// Parts of an answer of an API that hold a ticket's fields and say nothing by themselves.
#[rustfmt::skip]
pub(super) const TRANSPARENT: [&str; 15] = [
    "fields", "source", "_source", "attributes", "properties", "ticket", "issue", "case", "request", "incident", "conversation", "node",
    "data", "record", "document",
];

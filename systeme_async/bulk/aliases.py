"""What the header of a column may say, language by language.

Pure. The rule of this table: a word stands here only if it means one thing, whatever language the
rest of the file is in. A word that means two stands in `DOUBTS` with what they are, or, where the
column beside it decides, in `PAIRS`. Case, accents, blanks and punctuation do not matter, so that
"E-Mail-Adresse" stands for "email adresse" too.
"""

from __future__ import annotations

from typing import Final

ALIASES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "email": {
        "en": ("E-mail", "Mail", "E-mail address", "Mail address", "Primary e-mail"),
        "de": ("E-Mail-Adresse", "Mailadresse"),
        "fr": ("Courriel", "Adresse e-mail", "Adresse mail", "Adresse électronique",
               "Adresse de courriel", "Adresse de messagerie"),
        "es": ("Correo", "Correo electrónico", "Dirección de correo",
               "Dirección de correo electrónico", "Dirección de e-mail"),
        "pt": ("Correio eletrónico", "Correio eletrônico", "Endereço de e-mail",
               "Endereço de correio eletrónico", "Endereço eletrónico", "Endereço eletrônico"),
        "it": ("Posta elettronica", "Indirizzo e-mail", "Indirizzo mail",
               "Indirizzo di posta elettronica"),
        "Google": ("E-mail 1 - Value",),
    },
    "first_name": {
        "en": ("Given name", "Forename"),
        "de": ("Vorname", "Rufname"),
        "fr": ("Prénom",),
        "es": ("Nombre de pila", "Primer nombre"),
        "pt": ("Primeiro nome", "Nome próprio"),
        "it": ("Nome di battesimo",),
    },
    "surname": {
        "en": ("Last name", "Family name"),
        "de": ("Nachname", "Familienname", "Zuname"),
        "fr": ("Nom de famille",),
        "es": ("Apellido", "Apellidos"),
        "pt": ("Sobrenome", "Último nome", "Nome de família"),
        "it": ("Cognome",),
    },
    "phone_number": {
        "en": ("Phone", "Telephone", "Telephone number", "Mobile", "Mobile phone",
               "Mobile number", "Mobile phone number", "Cell phone", "Tel"),
        "de": ("Telefon", "Telefonnummer", "Handy", "Handynummer", "Mobil", "Mobilnummer",
               "Mobiltelefon", "Rufnummer"),
        "fr": ("Téléphone", "Numéro de téléphone", "N° de téléphone", "Téléphone portable",
               "Téléphone mobile", "Portable", "Tél"),
        "es": ("Teléfono", "Número de teléfono", "Móvil", "Teléfono móvil", "Celular",
               "Teléfono celular"),
        "pt": ("Telefone", "Número de telefone", "Telemóvel", "Número de telemóvel",
               "Telefone celular"),
        "it": ("Telefono", "Numero di telefono", "Cellulare", "Numero di cellulare"),
        "Google": ("Phone 1 - Value",),
    },
    "country": {
        "en": ("Country code", "Country/Region"),
        "de": ("Land", "Ländercode", "Länderkürzel"),
        "fr": ("Pays", "Code pays"),
        "es": ("País", "Código de país"),
        "pt": ("Código do país",),
        "it": ("Paese", "Nazione", "Codice paese"),
        "Google": ("Address 1 - Country",),
    },
    "locale": {
        "en": ("Language", "Lang", "Preferred language"),
        "de": ("Sprache",),
        "fr": ("Langue",),
        "es": ("Idioma",),
        "pt": ("Língua",),
        "it": ("Lingua",),
    },
    "tags": {
        "en": ("Tag",),
        "de": ("Schlagwort", "Schlagworte", "Schlagwörter"),
        "fr": ("Étiquette", "Étiquettes"),
        "es": ("Etiqueta", "Etiquetas"),
        "pt": ("Marcador", "Marcadores"),
        "it": ("Etichetta", "Etichette"),
    },
    "company_name": {
        "en": ("Company", "Organization", "Organisation", "Organization name",
               "Organisation name"),
        "de": ("Firma", "Firmenname", "Unternehmen"),
        "fr": ("Société", "Entreprise", "Raison sociale", "Nom de l'entreprise"),
        "es": ("Empresa", "Nombre de la empresa", "Compañía", "Organización", "Razón social"),
        "pt": ("Nome da empresa", "Organização"),
        "it": ("Azienda", "Ditta", "Società", "Ragione sociale", "Organizzazione"),
        "Google": ("Organization 1 - Name",),
    },
    "postcode": {
        "en": ("Post code", "Postal code", "ZIP", "ZIP code", "ZIP/Postal code"),
        "de": ("PLZ", "Postleitzahl"),
        "fr": ("Code postal", "CP"),
        "es": ("Código postal",),
        "pt": ("CEP",),
        "it": ("CAP", "Codice postale"),
        "Google": ("Address 1 - Postal code",),
    },
    "street_address": {
        "en": ("Street", "Address"),
        "de": ("Straße", "Straße und Hausnummer", "Straße Nr", "Anschrift"),
        "fr": ("Adresse", "Adresse postale", "Rue"),
        "es": ("Dirección", "Dirección postal", "Calle", "Domicilio"),
        "pt": ("Endereço", "Morada", "Rua"),
        "it": ("Indirizzo",),
        "Google": ("Address 1 - Street",),
    },
    "city": {
        "en": ("Town",),
        "de": ("Stadt", "Ort", "Wohnort"),
        "fr": ("Ville", "Localité"),
        "es": ("Ciudad", "Localidad", "Población", "Municipio"),
        "pt": ("Cidade", "Localidade"),
        "it": ("Città", "Località", "Comune"),
        "Google": ("Address 1 - City",),
    },
    "state": {
        "en": ("Region", "Province", "State/Province", "State/Region"),
        "de": ("Bundesland", "Kanton"),
        "fr": ("Région", "Canton"),
        "es": ("Provincia", "Comunidad autónoma", "Estado/Provincia"),
        "pt": ("Distrito", "UF"),
        "it": ("Regione",),
        "Google": ("Address 1 - Region",),
    },
    "tax_number": {
        "en": ("VAT number", "VAT", "VAT ID", "Tax ID"),
        "de": ("USt-IdNr", "USt-ID", "Umsatzsteuer-ID", "Steuernummer"),
        "fr": ("Numéro de TVA", "N° TVA", "N° de TVA"),
        "es": ("NIF", "CIF", "NIF/CIF"),
        "pt": ("CNPJ", "CPF/CNPJ", "Contribuinte"),
        "it": ("Partita IVA", "P. IVA", "Codice fiscale"),
    },
}  # fmt: skip
"""The API's names, and what else says the same; "Google" is the export of Google Contacts."""

PAIRS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "Name": ("surname", ("Vorname",)),
    "Nom": ("surname", ("Prénom",)),
    "Nombre": ("first_name", ("Apellido", "Apellidos")),
    "Nome": ("first_name", ("Cognome", "Sobrenome")),
}
"""Words for a part of the name where another column has the other part, and else for all of it."""

FULL_NAMES: Final = (
    *PAIRS,
    "Full name", "Contact name", "Display name", "Your name",
    "Vollständiger Name", "Vor- und Nachname", "Vorname Nachname", "Name, Vorname",
    "Nom complet", "Nom et prénom", "Prénom et nom", "Nom prénom", "Prénom nom",
    "Nombre completo", "Nombre y apellido", "Nombre y apellidos",
    "Nome completo", "Nome e cognome", "Nome e sobrenome", "Cognome e nome", "Nominativo",
)  # fmt: skip
"""A whole name, which nobody can take apart surely: "Anna Maria Rossi Bianchi"."""

DOUBTS: Final[dict[str, str]] = {
    "Apelido": "a surname in Portugal and a nickname in Brazil",
    "Estado": "a state of a country or the state of a subscription",
    "Stato": "a country, a state or the state of a subscription",
    "Status": "a state of a country or the state of a subscription",
    "SMS": "a phone number or a consent",
    "WhatsApp": "a phone number or a consent",
}
"""Words that are left to people, with what they may mean."""

"""Countries by the names that people write, in six languages, and their codes. Pure.

The codes are those of ISO 3166-1.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from ..bulk.columns import word

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTH: Final = 2
"""Of a code."""


def country_code(text: str) -> str | None:
    """Return the code of a country, given that or a name of it; None where it is neither."""
    written = text.strip()
    if len(written) == _LENGTH and written.upper() in _codes():
        return written.upper()
    return _by_word().get(word(written))


@cache
def _by_word() -> dict[str, str]:
    return {word(name): code for code, names in _entries() for name in names}


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code, _ in _entries())


def _entries() -> Sequence[tuple[str, Sequence[str]]]:
    entries = "".join(NAMES.splitlines()).rstrip(";").split(";")
    return [(entry[:2], entry[3:].split("|")) for entry in entries]


# A code, a blank, names with "|" between them; then the next one behind ";". What stands at the
# end of a line goes on in the next.
NAMES: Final = """\
AD Andorra|Andorre;AE United Arab Emirates|Vereinigte Arabische Emirate|Émirats arabes unis|
Emiratos Árabes Unidos|Emirati Arabi Uniti|Emirados Árabes Unidos|UAE;AF Afghanistan|Afganistán|
Afeganistão;AG Antigua and Barbuda|Antigua & Barbuda|Antigua und Barbuda|Antigua-et-Barbuda|
Antigua y Barbuda|Antigua e Barbuda;AI Anguilla|Anguila;AL Albania|Albanien|Albanie;AM Armenia|
Armenien|Arménie;AO Angola;AQ Antarctica|Antarktis|Antarctique|Antártida|Antartide;AR Argentina|
Argentinien|Argentine;AS American Samoa|Amerikanisch-Samoa|Samoa américaines|Samoa Americana|
Samoa Americane;AT Austria|Österreich|Autriche;AU Australia|Australien|Australie;AW Aruba;
AX Åland Islands|Ålandinseln|Îles Åland|Islas Aland|Isole Åland|Ilhas Aland;AZ Azerbaijan|
Aserbaidschan|Azerbaïdjan|Azerbaiyán|Azerbaigian|Azerbaijão;BA Bosnia and Herzegovina|
Bosnia & Herzegovina|Bosnien und Herzegowina|Bosnie-Herzégovine|Bosnia y Herzegovina|
Bosnia ed Erzegovina|Bósnia e Herzegovina;BB Barbados|Barbade;BD Bangladesh|Bangladesch|Bangladés;
BE Belgium|Belgien|Belgique|Bélgica|Belgio;BF Burkina Faso|Burquina Faso;BG Bulgaria|Bulgarien|
Bulgarie;BH Bahrain|Bahreïn|Baréin;BI Burundi;BJ Benin;BL Saint Barthélemy|St. Barthélemy|
San Bartolomé|São Bartolomeu;BM Bermuda|Bermudes|Bermudas;BN Brunei Darussalam|Brunei;BO Bolivia|
Bolivia, Plurinational State of|Bolivien|Bolivie;BQ Bonaire, Sint Eustatius and Saba|
Caribbean Netherlands|Karibische Niederlande|Pays-Bas caribéens|Caribe neerlandés|
Caraibi Olandesi|Países Baixos Caribenhos;BR Brazil|Brasilien|Brésil|Brasil|Brasile;BS Bahamas;
BT Bhutan|Bhoutan|Bután|Butão;BV Bouvet Island|Bouvetinsel|Île Bouvet|Isla Bouvet|Isola Bouvet|
Ilha Bouvet;BW Botswana|Botsuana;BY Belarus|Biélorussie|Bielorrusia|Bielorussia|Bielorrússia;
BZ Belize|Belice;CA Canada|Kanada;CC Cocos (Keeling) Islands|Kokosinseln|Îles Cocos|Islas Cocos|
Isole Cocos (Keeling)|Ilhas Cocos (Keeling);CD Congo, The Democratic Republic of the|
Congo - Kinshasa|Kongo-Kinshasa|República Democrática del Congo;CF Central African Republic|
Zentralafrikanische Republik|République centrafricaine|República Centroafricana|
Repubblica Centrafricana;CG Congo|Congo - Brazzaville|Kongo-Brazzaville|República do Congo;
CH Switzerland|Schweiz|Suisse|Suiza|Svizzera|Suíça;CI Côte d'Ivoire|Costa d'Avorio|
Costa do Marfim|Ivory Coast;CK Cook Islands|Cookinseln|Îles Cook|Islas Cook|Isole Cook|Ilhas Cook;
CL Chile|Chili|Cile;CM Cameroon|Kamerun|Cameroun|Camerún|Camarões;CN China|Chine|Cina;CO Colombia|
Kolumbien|Colombie;CR Costa Rica;CU Cuba|Kuba;CV Cabo Verde|Cape Verde|Cap-Vert|Capo Verde;
CW Curaçao|Curazao;CX Christmas Island|Weihnachtsinsel|Île Christmas|Isla de Navidad|
Isola Christmas|Ilha Christmas;CY Cyprus|Zypern|Chypre|Chipre|Cipro;CZ Czechia|Tschechien|
Tchéquie|Chequia|Cechia|Tchéquia|Czech Republic;DE Germany|Deutschland|Allemagne|Alemania|
Germania|Alemanha;DJ Djibouti|Dschibuti|Yibuti|Gibuti|Djibuti;DK Denmark|Dänemark|Dinamarca|
Danimarca;DM Dominica|Dominique;DO Dominican Republic|Dominikanische Republik|
République dominicaine|República Dominicana|Repubblica Dominicana;DZ Algeria|Algerien|Algérie|
Argelia;EC Ecuador|Équateur|Equador;EE Estonia|Estland|Estonie;EG Egypt|Ägypten|Égypte|Egipto|
Egitto|Egito;EH Western Sahara|Westsahara|Sahara occidental|Sahara Occidentale|Saara Ocidental;
ER Eritrea|Érythrée|Eritreia;ES Spain|Spanien|Espagne|España|Spagna|Espanha;ET Ethiopia|Äthiopien|
Éthiopie|Etiopía;FI Finland|Finnland|Finlande|Finlandia;FJ Fiji|Fidschi|Fidji|Fiyi|Figi;
FK Falkland Islands (Malvinas)|Falkland Islands|Falklandinseln|Îles Malouines|Islas Malvinas|
Isole Falkland|Ilhas Malvinas;FM Micronesia, Federated States of|Micronesia|Mikronesien|
Micronésie;FO Faroe Islands|Färöer|Îles Féroé|Islas Feroe|Isole Fær Øer|Ilhas Faroé;FR France|
Frankreich|Francia|França;GA Gabon|Gabun|Gabão;GB United Kingdom|Vereinigtes Königreich|
Royaume-Uni|Reino Unido|Regno Unito|UK|Great Britain|England|Scotland|Wales|Großbritannien|
Gran Bretaña;GD Grenada|Grenade|Granada;GE Georgia|Georgien|Géorgie;GF French Guiana|
Französisch-Guayana|Guyane française|Guayana Francesa|Guyana Francese|Guiana Francesa;GG Guernsey|
Guernesey;GH Ghana|Gana;GI Gibraltar|Gibilterra;GL Greenland|Grönland|Groenland|Groenlandia;
GM Gambia|Gambie;GN Guinea|Guinée|Guiné;GP Guadeloupe|Guadalupe|Guadalupa;GQ Equatorial Guinea|
Äquatorialguinea|Guinée équatoriale|Guinea Ecuatorial|Guinea Equatoriale|Guiné Equatorial;
GR Greece|Griechenland|Grèce|Grecia;GS South Georgia and the South Sandwich Islands|
South Georgia & South Sandwich Islands|Südgeorgien und die Südlichen Sandwichinseln|
Géorgie du Sud-et-les Îles Sandwich du Sud|Islas Georgia del Sur y Sandwich del Sur|
Georgia del Sud e Sandwich Australi|Ilhas Geórgia do Sul e Sandwich do Sul;GT Guatemala;GU Guam;
GW Guinea-Bissau|Guinée-Bissau|Guinea-Bisáu|Guiné-Bissau;GY Guyana|Guiana;HK Hong Kong|
Hong Kong SAR China|Sonderverwaltungsregion Hongkong|R.A.S. chinoise de Hong Kong|
RAE de Hong Kong (China)|RAS di Hong Kong|Hong Kong, RAE da China;
HM Heard Island and McDonald Islands|Heard Island & McDonald Islands|Heard und McDonaldinseln|
Îles Heard-et-MacDonald|Islas Heard y McDonald|Isole Heard e McDonald|Ilhas Heard e McDonald;
HN Honduras;HR Croatia|Kroatien|Croatie|Croacia|Croazia;HT Haiti;HU Hungary|Ungarn|Hongrie|
Hungría|Ungheria;ID Indonesia|Indonesien|Indonésie;IE Ireland|Irland|Irlande|Irlanda;IL Israel|
Israele;IM Isle of Man|Île de Man|Isla de Man|Isola di Man|Ilha de Man;IN India|Indien|Inde;
IO British Indian Ocean Territory|Britisches Territorium im Indischen Ozean|
Territoire britannique de l'océan Indien|Territorio Británico del Océano Índico|
Territorio Britannico dell'Oceano Indiano|Território Britânico do Oceano Índico;IQ Iraq|Irak|
Iraque;IR Iran|Iran, Islamic Republic of|Irã;IS Iceland|Island|Islande|Islandia|Islanda;IT Italy|
Italien|Italie|Italia;JE Jersey;JM Jamaica|Jamaika|Jamaïque|Giamaica;JO Jordan|Jordanien|Jordanie|
Jordania|Giordania;JP Japan|Japon|Giappone|Japão;KE Kenya|Kenia|Quênia;KG Kyrgyzstan|Kirgisistan|
Kirghizstan|Kirguistán|Kirghizistan|Quirguistão;KH Cambodia|Kambodscha|Cambodge|Camboya|Cambogia|
Camboja;KI Kiribati|Quiribati;KM Comoros|Komoren|Comores|Comoras|Comore;KN Saint Kitts and Nevis|
St. Kitts & Nevis|St. Kitts und Nevis|Saint-Christophe-et-Niévès|San Cristóbal y Nieves|
Saint Kitts e Nevis|São Cristóvão e Névis;KP North Korea|Korea, Democratic People's Republic of|
Nordkorea|Corée du Nord|Corea del Norte|Corea del Nord|Coreia do Norte;KR South Korea|
Korea, Republic of|Südkorea|Corée du Sud|Corea del Sur|Corea del Sud|Coreia do Sul;KW Kuwait|
Koweït;KY Cayman Islands|Kaimaninseln|Îles Caïmans|Islas Caimán|Isole Cayman|Ilhas Cayman;
KZ Kazakhstan|Kasachstan|Kazajistán|Kazakistan|Cazaquistão;LA Laos|
Lao People's Democratic Republic;LB Lebanon|Libanon|Liban|Líbano;LC Saint Lucia|St. Lucia|
Sainte-Lucie|Santa Lucía;LI Liechtenstein;LK Sri Lanka;LR Liberia;LS Lesotho|Lesoto;LT Lithuania|
Litauen|Lituanie|Lituania;LU Luxembourg|Luxemburg|Luxemburgo|Lussemburgo;LV Latvia|Lettland|
Lettonie|Letonia|Lettonia;LY Libya|Libyen|Libye|Libia;MA Morocco|Marokko|Maroc|Marruecos|Marocco|
Marrocos;MC Monaco;MD Moldova|Moldova, Republic of|Republik Moldau|Moldavie|Moldavia;
ME Montenegro;MF Saint Martin (French part)|St. Martin|Saint-Martin|San Martín|São Martinho;
MG Madagascar|Madagaskar;MH Marshall Islands|Marshallinseln|Îles Marshall|Islas Marshall|
Isole Marshall|Ilhas Marshall;MK North Macedonia|Nordmazedonien|Macédoine du Nord|
Macedonia del Norte|Macedonia del Nord|Macedônia do Norte;ML Mali;MM Myanmar|Myanmar (Burma)|
Myanmar (Birmanie)|Myanmar (Birmania)|Mianmar (Birmânia);MN Mongolia|Mongolei|Mongolie;MO Macao|
Macao SAR China|Sonderverwaltungsregion Macau|R.A.S. chinoise de Macao|RAE de Macao (China)|
RAS di Macao|Macau, RAE da China;MP Northern Mariana Islands|Nördliche Marianen|
Îles Mariannes du Nord|Islas Marianas del Norte|Isole Marianne Settentrionali|
Ilhas Marianas do Norte;MQ Martinique|Martinica;MR Mauritania|Mauretanien|Mauritanie;
MS Montserrat;MT Malta|Malte;MU Mauritius|Maurice|Mauricio;MV Maldives|Malediven|Maldivas|Maldive;
MW Malawi|Malaui;MX Mexico|Mexiko|Mexique|Messico;MY Malaysia|Malaisie|Malasia;MZ Mozambique|
Mosambik|Mozambico|Moçambique;NA Namibia|Namibie;NC New Caledonia|Neukaledonien|
Nouvelle-Calédonie|Nueva Caledonia|Nuova Caledonia|Nova Caledônia;NE Niger;NF Norfolk Island|
Norfolkinsel|Île Norfolk|Isla Norfolk|Isola Norfolk|Ilha Norfolk;NG Nigeria;NI Nicaragua;
NL Netherlands|Niederlande|Pays-Bas|Países Bajos|Paesi Bassi|Países Baixos|Holland;NO Norway|
Norwegen|Norvège|Noruega|Norvegia;NP Nepal;NR Nauru;NU Niue;NZ New Zealand|Neuseeland|
Nouvelle-Zélande|Nueva Zelanda|Nuova Zelanda|Nova Zelândia;OM Oman|Omã;PA Panama;PE Peru|Pérou;
PF French Polynesia|Französisch-Polynesien|Polynésie française|Polinesia Francesa|
Polinesia Francese;PG Papua New Guinea|Papua-Neuguinea|Papouasie-Nouvelle-Guinée|
Papúa Nueva Guinea|Papua Nuova Guinea|Papua-Nova Guiné;PH Philippines|Philippinen|Filipinas|
Filippine;PK Pakistan|Paquistão;PL Poland|Polen|Pologne|Polonia;PM Saint Pierre and Miquelon|
St. Pierre & Miquelon|St. Pierre und Miquelon|Saint-Pierre-et-Miquelon|San Pedro y Miquelón|
Saint-Pierre e Miquelon|São Pedro e Miquelão;PN Pitcairn|Pitcairn Islands|Pitcairninseln|
Îles Pitcairn|Islas Pitcairn|Isole Pitcairn|Ilhas Pitcairn;PR Puerto Rico|Porto Rico;
PS Palestine, State of|Palestinian Territories|Palästinensische Autonomiegebiete|
Territoires palestiniens|Territorios Palestinos|Territori Palestinesi;PT Portugal|Portogallo;
PW Palau|Palaos;PY Paraguay|Paraguai;QA Qatar|Katar|Catar;RE Réunion|La Réunion|Riunione|Reunião;
RO Romania|Rumänien|Roumanie|Rumanía|Romênia;RS Serbia|Serbien|Serbie|Sérvia;
RU Russian Federation|Russia|Russland|Russie|Rusia;RW Rwanda|Ruanda;SA Saudi Arabia|Saudi-Arabien|
Arabie saoudite|Arabia Saudí|Arabia Saudita;SB Solomon Islands|Salomonen|Îles Salomon|
Islas Salomón|Isole Salomone|Ilhas Salomão;SC Seychelles|Seychellen|Seicheles;SD Sudan|Soudan|
Sudão;SE Sweden|Schweden|Suède|Suecia|Svezia;SG Singapore|Singapur|Singapour|Singapura;
SH Saint Helena, Ascension and Tristan da Cunha|St. Helena, Ascension & Tristan da Cunha|
St. Helena|Sainte-Hélène|Santa Elena|Sant'Elena|Santa Helena;SI Slovenia|Slowenien|Slovénie|
Eslovenia;SJ Svalbard and Jan Mayen|Svalbard & Jan Mayen|Spitzbergen und Jan Mayen|
Svalbard et Jan Mayen|Svalbard y Jan Mayen|Svalbard e Jan Mayen;SK Slovakia|Slowakei|Slovaquie|
Eslovaquia|Slovacchia;SL Sierra Leone|Sierra Leona|Serra Leoa;SM San Marino|Saint-Marin;
SN Senegal;SO Somalia|Somalie;SR Suriname|Surinam;SS South Sudan|Südsudan|Soudan du Sud|
Sudán del Sur|Sudão do Sul;ST Sao Tome and Principe|São Tomé & Príncipe|São Tomé und Príncipe|
Sao Tomé-et-Principe|Santo Tomé y Príncipe|São Tomé e Príncipe;SV El Salvador|Salvador;
SX Sint Maarten (Dutch part)|Sint Maarten|Saint-Martin (partie néerlandaise);SY Syria|
Syrian Arab Republic|Syrien|Syrie|Siria;SZ Eswatini|Esuatini|Essuatíni;
TC Turks and Caicos Islands|Turks & Caicos Islands|Turks- und Caicosinseln|
Îles Turques-et-Caïques|Islas Turcas y Caicos|Isole Turks e Caicos|Ilhas Turcas e Caicos;TD Chad|
Tschad|Tchad|Ciad|Chade;TF French Southern Territories|French Southern and Antarctic Lands|
Französische Süd- und Antarktisgebiete|Terres australes françaises|
Territorios Australes Franceses|Terre Australi Francesi|Territórios Franceses do Sul;TG Togo;
TH Thailand|Thaïlande|Tailandia|Thailandia;TJ Tajikistan|Tadschikistan|Tadjikistan|Tayikistán|
Tagikistan|Tadjiquistão;TK Tokelau;TL Timor-Leste|Timor oriental|Timor Est;TM Turkmenistan|
Turcomenistão;TN Tunisia|Tunesien|Tunisie|Túnez;TO Tonga;TR Türkiye|Türkei|Turquie|Turquía|
Turchia;TT Trinidad and Tobago|Trinidad & Tobago|Trinidad und Tobago|Trinité-et-Tobago|
Trinidad y Tobago|Trinidad e Tobago;TV Tuvalu;TW Taiwan|Taiwan, Province of China;TZ Tanzania|
Tanzania, United Republic of|Tansania|Tanzanie;UA Ukraine|Ucrania|Ucraina;UG Uganda|Ouganda;
UM United States Minor Outlying Islands|U.S. Outlying Islands|Amerikanische Überseeinseln|
Îles mineures éloignées des États-Unis|Islas menores alejadas de EE. UU.|
Isole Minori Esterne degli Stati Uniti|Ilhas Menores Distantes dos EUA;US United States|
Vereinigte Staaten|États-Unis|Estados Unidos|Stati Uniti|USA;UY Uruguay|Uruguai;UZ Uzbekistan|
Usbekistan|Ouzbékistan|Uzbequistão;VA Holy See (Vatican City State)|Vatican City|Vatikanstadt|
État de la Cité du Vatican|Ciudad del Vaticano|Città del Vaticano|Cidade do Vaticano;
VC Saint Vincent and the Grenadines|St. Vincent & Grenadines|St. Vincent und die Grenadinen|
Saint-Vincent-et-les Grenadines|San Vicente y las Granadinas|Saint Vincent e Grenadine|
São Vicente e Granadinas;VE Venezuela|Venezuela, Bolivarian Republic of;
VG Virgin Islands, British|British Virgin Islands|Britische Jungferninseln|
Îles Vierges britanniques|Islas Vírgenes Británicas|Isole Vergini Britanniche|
Ilhas Virgens Britânicas;VI Virgin Islands, U.S.|U.S. Virgin Islands|Amerikanische Jungferninseln|
Îles Vierges des États-Unis|Islas Vírgenes de EE. UU.|Isole Vergini Americane|
Ilhas Virgens Americanas;VN Vietnam|Vietnã;VU Vanuatu;WF Wallis and Futuna|Wallis & Futuna|
Wallis und Futuna|Wallis-et-Futuna|Wallis y Futuna|Wallis e Futuna;WS Samoa;YE Yemen|Jemen|Iêmen;
YT Mayotte;ZA South Africa|Südafrika|Afrique du Sud|Sudáfrica|África do Sul;ZM Zambia|Sambia|
Zambie;ZW Zimbabwe|Simbabwe|Zimbabue;
"""

"""Invented names of guests by country: for files that carry none, and for the demo. Common names, nobody in particular."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Names:
    """First and last names usual where a language is spoken; `language` is its ISO 639-1 code."""

    language: str
    first: tuple[str, ...]
    last: tuple[str, ...]


def _names(language: str, first: str, last: str) -> Names:
    return Names(language, tuple(first.split()), tuple(last.split()))


PORTUGUESE: Final = _names(
    "pt",
    "Ana Beatriz Carla Catarina Cláudia Inês Joana Leonor Mafalda Mariana Marta Rita Sofia Teresa André António Bruno "
    "Diogo Duarte Filipe Gonçalo Hugo João José Luís Miguel Nuno Paulo Pedro Rui Tiago Vasco",
    "Almeida Alves Antunes Araújo Azevedo Baptista Barbosa Brito Cardoso Carvalho Castro Coelho Correia Costa Cunha "
    "Dias Duarte Esteves Faria Fernandes Ferreira Fonseca Freitas Gaspar Gomes Gonçalves Henriques Leal Leite Lopes "
    "Machado Magalhães Marques Martins Matos Melo Mendes Monteiro Moreira Mota Nascimento Neves Nogueira Oliveira "
    "Pacheco Pereira Pinheiro Pinto Pires Ramos Reis Ribeiro Rocha Rodrigues Santos Sequeira Silva Simões Soares "
    "Sousa Tavares Teixeira Valente Vaz Vieira",
)
ENGLISH: Final = _names(
    "en",
    "Alice Amy Beth Charlotte Claire Eleanor Emma Fiona Grace Hannah Helen Holly Isobel Jane Kate Laura Lucy Megan "
    "Rachel Ruth Adam Alan Ben Callum Colin Daniel David Edward George Graham Harry Ian Jack James Keith Liam Mark "
    "Neil Oliver Patrick Peter Simon Stephen Stuart Thomas William",
    "Abbott Adams Allen Armstrong Atkinson Bailey Barker Barnes Bell Bennett Booth Brooks Burke Carter Chapman Clarke "
    "Collins Cooper Cox Dawson Dixon Doyle Ellis Fletcher Foster Gallagher Gibson Graham Gray Griffiths Hall Harrison "
    "Hayes Hughes Hunter Jenkins Kelly Kennedy Lawson Lloyd Marsh Mason Matthews Mills Morgan Morris Murphy Murray "
    "Newton Owen Palmer Parker Pearson Powell Price Reid Reynolds Richardson Robinson Rogers Shaw Simpson Spencer "
    "Stone Sutton Walsh Walker Watson Webb Wells West White Wilkinson Wood Wright Young",
)
FRENCH: Final = _names(
    "fr",
    "Agathe Aline Amélie Camille Caroline Cécile Céline Claire Élise Émilie Hélène Julie Léa Lucie Manon Margaux "
    "Mathilde Nathalie Pauline Sophie Valérie Alexis Antoine Arnaud Bastien Benoît Christophe Clément Damien Étienne "
    "Fabien Guillaume Hugo Julien Laurent Mathieu Nicolas Olivier Philippe Rémi Sébastien Vincent Xavier Yann",
    "Aubert Barbier Benoit Berger Bertrand Besson Blanchard Bonnet Boucher Bourgeois Brunet Carpentier Chevalier "
    "Clément Colin Cordier Delmas Denis Deschamps Dubois Dumas Dupuis Duval Fabre Faure Fleury Fontaine "
    "Fournier Garnier Gauthier Gautier Girard Giraud Guérin Guillot Hubert Jacquet Lacroix Lambert Leblanc Leclerc "
    "Lefebvre Legrand Lemaire Leroux Lucas Marchand Mercier Meunier Meyer Michel Moulin Noël Olivier Perrin Picard "
    "Poirier Renard Renaud Rivière Robin Rolland Roussel Roy Schmitt Tessier Vasseur Vidal",
)
SPANISH: Final = _names(
    "es",
    "Alba Alicia Andrea Ángela Beatriz Carmen Clara Cristina Elena Esther Eva Inés Irene Laura Lucía Marina Marta "
    "Nuria Paula Pilar Raquel Rocío Sara Adrián Alberto Álvaro Andrés Carlos Diego Enrique Fernando Gonzalo Guillermo "
    "Ignacio Javier Jorge Luis Manuel Marcos Pablo Ramón Rubén Sergio Víctor",
    "Aguilar Alonso Álvarez Benítez Blanco Bravo Cabrera Calvo Campos Cano Castillo Crespo Cruz Delgado Díaz "
    "Domínguez Fernández Flores Fuentes Gallego García Garrido Gil Giménez Gómez Guerrero Gutiérrez Herrera Ibáñez "
    "Iglesias Jiménez León Lorenzo Lozano Marín Martín Medina Méndez Molina Montero Morales Moreno Moya Navarro Nieto "
    "Ortega Ortiz Pascual Peña Prieto Reyes Román Rubio Ruiz Sanz Santana Serrano Soler Soto Torres Vargas Vega Vidal",
)
GERMAN: Final = _names(
    "de",
    "Anja Annika Barbara Birgit Christina Claudia Elke Franziska Heike Ines Johanna Julia Katrin Kerstin Lena Maren "
    "Miriam Monika Nina Sabine Sandra Silke Ulrike Andreas Bernd Christian Dirk Florian Frank Georg Hannes Holger "
    "Jan Jens Jonas Jürgen Klaus Lukas Markus Martin Matthias Moritz Oliver Rainer Stefan Sven Thomas Tobias Uwe",
    "Albrecht Arnold Bauer Baumann Beck Becker Berger Böhm Brandt Braun Busch Dietrich Engel Fiedler Frank Franke "
    "Fuchs Graf Groß Günther Haas Hahn Hartmann Heinrich Hermann Herzog Hoffmann Horn Huber Jäger Jung Kaiser Keller "
    "Klein Koch Köhler König Krause Krüger Kuhn Lang Lehmann Lindner Lorenz Ludwig Maier Martin Meier Möller Nowak "
    "Otto Peters Pfeiffer Pohl Richter Roth Sauer Schäfer Scholz Schubert Schulte Seidel Simon Sommer Stein Thomas "
    "Vogel Vogt Voigt Wagner Walter Weber Weiß Werner Winkler Winter Wolf Zimmermann",
)
ITALIAN: Final = _names(
    "it",
    "Alessandra Alice Anna Arianna Chiara Daniela Elena Elisa Federica Francesca Giada Giulia Ilaria Laura Martina "
    "Paola Roberta Sara Silvia Valentina Alessio Andrea Antonio Davide Emanuele Enrico Fabio Federico Filippo "
    "Francesco Gabriele Giacomo Giorgio Lorenzo Luca Marco Matteo Nicola Paolo Pietro Riccardo Simone Stefano",
    "Amato Barbieri Basile Battaglia Bellini Benedetti Bernardi Bianchi Bianco Bruno Caputo Caruso Cattaneo Colombo "
    "Conte Coppola Costa D'Amico D'Angelo Esposito Fabbri Farina Ferrara Ferri Fiore Fontana Galli Gallo Gatti "
    "Gentile Giordano Grassi Greco Guerra Lombardi Longo Mancini Marchetti Mariani Marini Marino Martini Mazza Messina "
    "Monti Moretti Morelli Negri Neri Orlando Palumbo Parisi Pellegrini Ricci Rinaldi Riva Rizzo Romano Ruggiero "
    "Russo Sala Santoro Serra Silvestri Testa Valentini Villa Vitale",
)
DUTCH: Final = _names(
    "nl",
    "Anouk Bregje Eline Esther Femke Fleur Iris Janneke Judith Lieke Lotte Marieke Marloes Merel Mirjam Nienke Sanne "
    "Saskia Wendy Arjan Bart Bram Daan Erik Gijs Jasper Jeroen Joost Koen Lars Maarten Marcel Mark Niels Pieter "
    "Roel Ruben Sander Sjoerd Stijn Thijs Tim Wouter",
    "Bakker Beekman Bos Bosman Brouwer Claes Cornelissen Dekker Dijkstra Driessen Geerts Gerritsen Goossens Hendriks "
    "Hermans Hoekstra Huisman Jacobs Janssens Kok Koster Kramer Kuiper Lambrechts Lemmens Maes Martens Mertens Meijer "
    "Michiels Molenaar Mulder Peeters Postma Prins Schipper Schouten Smeets Smit Timmermans Veenstra Verbeek Verhoeven "
    "Vermeulen Visser Vos Willems Wouters Wuyts Zijlstra",
)
NORDIC: Final = _names(
    "sv",
    "Agnes Anna Astrid Birgitte Camilla Ebba Elin Emma Frida Hanna Hilde Ida Ingrid Johanna Kirsten Linnea Maja Mette "
    "Nora Sigrid Sofie Anders Axel Bjørn Christian Emil Erik Filip Fredrik Gustav Henrik Jakob Johan Karl Lars Magnus "
    "Mikkel Nils Oskar Per Rasmus Simon Sven",
    "Ahlström Andersen Andersson Bakken Berg Berglund Bergström Björk Blomqvist Christensen Dahl Eklund Engström "
    "Eriksen Forsberg Gustafsson Hagen Hansen Haugen Hedlund Holm Holmberg Iversen Jakobsen Johansen Jørgensen "
    "Karlsson Kristensen Larsen Lindberg Lindgren Lindqvist Lund Lundberg Lundgren Madsen Moen Mortensen Nielsen "
    "Nordin Nyström Olsen Olsson Pedersen Persson Poulsen Rasmussen Sandberg Sjöberg Solberg Strand Sundberg Svensson "
    "Sørensen Thomsen Wallin Wikström",
)
SLAVIC: Final = _names(
    "pl",
    "Agnieszka Aleksandra Alicja Barbara Dorota Ewa Hanna Iwona Joanna Justyna Katarzyna Magda Małgorzata Marta Monika "
    "Natalia Olga Paulina Renata Zuzanna Adam Andrzej Bartosz Daniel Filip Grzegorz Jakub Jan Kamil Krzysztof Łukasz "
    "Maciej Marcin Marek Michał Paweł Piotr Radek Rafał Tomasz Wojciech",
    "Adamczyk Baran Bielak Borkowski Czarnecki Dąbek Duda Gajda Głowacki Górski Grabowski Jankowiak Jaworski Kaczmarek "
    "Kalinowski Kania Kozak Kozłowski Krawczyk Kubiak Kucharski Lis Maciejewski Majewski Malinowski Mazur Michalak "
    "Mróz Nowicki Olszewski Pawlak Piątek Pietrzak Przybylski Rutkowski Sikora Sobczak Sokół Stępień Szulc Urban "
    "Walczak Wilk Wójcik Wróbel Zając Zieliński",
)
BALTIC: Final = _names(
    "lt",
    "Agnė Aistė Asta Austėja Dalia Daiva Eglė Giedrė Ieva Indrė Jurgita Kristina Laima Lina Milda Neringa Rasa Rūta "
    "Simona Ugnė Vaida Viktorija Algirdas Andrius Arūnas Aurimas Darius Dovydas Edvinas Gediminas Giedrius Jonas "
    "Justinas Karolis Lukas Mantas Marius Martynas Mindaugas Paulius Rokas Saulius Tadas Tomas Vytautas Žygimantas",
    "Adomaitis Baranauskas Bartkus Budrys Butkus Daukša Dubauskas Gintalas Grigas Jankus Jonaitis Jurgaitis Kairys "
    "Kavaliauskas Kazlauskas Klimas Lapinskas Laurinaitis Makauskas Martinkus Matulis Mickus Milius Mockus Navickas "
    "Norkus Paulauskas Petraitis Petrauskas Pocius Ramanauskas Rimkus Sabaliauskas Sakalas Šimkus Stankus Stonkus "
    "Urbonas Vaitkus Valaitis Venckus Vilkas Žilinskas Žukas",
)
AMERICAN: Final = _names(
    "en",
    "Abigail Allison Amanda Brenda Cynthia Danielle Denise Erin Heather Jessica Jill Karen Kimberly Lauren Lisa Megan "
    "Melissa Nicole Pamela Rebecca Stacy Tara Aaron Anthony Brandon Brian Chad Christopher Derek Eric Gary Gregory "
    "Jason Jeffrey Jeremy Joel Jonathan Kevin Kyle Matthew Nathan Randall Ryan Scott Sean Timothy Travis Tyler",
    "Alvarez Anderson Bradley Bryant Caldwell Campbell Chang Chavez Coleman Cruz Daniels Diaz Dunn Edwards Ferguson "
    "Fisher Ford Fowler Freeman Garza Gilbert Gordon Greene Hansen Hart Henderson Hicks Hoffman Holland Jensen "
    "Kim Lane Larson Lawrence Lopez Maldonado Mendoza Meyer Mitchell Nelson Nguyen Olson Ortiz Park Patterson Perkins "
    "Peterson Ramirez Ramsey Rivera Sanders Schultz Silva Snyder Stevens Sullivan Tran Tucker Vasquez Wagner Warren "
    "Weaver Welch Wheeler",
)
CHINESE: Final = _names(
    "zh",
    "Bo Chen Fang Hao Hui Jia Jian Jing Jun Lan Lei Li Lin Ling Mei Min Na Ning Peng Qing Rui Shan Tao Ting Wei Wen Xin "
    "Xue Yan Yang Yi Ying Yu Yuan Yun Zhen",
    "Cai Cao Chen Cheng Dai Deng Ding Dong Du Fan Fang Feng Gao Gong Gu Guo Han He Hou Hu Huang Jiang Jin Kong Lai Lei "
    "Liang Liao Lin Liu Lu Luo Ma Meng Pan Peng Qian Qin Shao Shen Shi Song Su Sun Tan Tang Tian Wan Wei Wu Xia Xiao "
    "Xie Xu Xue Yan Yao Ye Yin Yu Yuan Zeng Zhao Zheng Zhong Zhou Zhu Zou",
)
HEBREW: Final = _names(
    "he",
    "Adi Ayelet Dana Efrat Hadas Inbal Keren Liat Maya Michal Neta Noa Ofra Orly Rinat Shira Sigal Tali Yael Alon Amir "
    "Amit Assaf Avi Boaz Doron Eitan Erez Gil Guy Ido Itay Lior Nadav Nir Ofer Omer Oren Ron Tal Tomer Uri Yoav Yuval",
    "Amsalem Aharoni Avraham Azulay Bar Ben-David Biton Carmi Dagan Dahan Dror Edri Eliyahu Gabay Golan Goldberg "
    "Hadad Harel Katz Keren Levi Malka Mizrahi Nahum Ohana Oren Peretz Sasson Segal Shahar Shaked Sharabi Tal Vaknin "
    "Yosef Zohar",
)
ARABIC: Final = _names(
    "ar",
    "Amal Amina Dalal Farah Hanan Huda Iman Layla Lina Maha Mariam Nadia Noor Rana Salma Samira Yasmin Zeinab Adel "
    "Ahmed Amine Bilal Fares Hamza Hassan Ibrahim Jamal Karim Khalid Mahmoud Mehdi Mustafa Nabil Omar Rachid Sami "
    "Tarek Walid Yassine Youssef",
    "Abbas Alami Amrani Aziz Bakri Benali Bennani Berrada Chaoui Daoud Darwish Fahmi Farouk Haddad Hakimi Hamdan "
    "Idrissi Jaber Kabbaj Kanaan Khalil Khoury Lahlou Mansour Mansouri Naciri Nasser Qasim Rahal Saadi Sabbagh "
    "Saleh Shaheen Slaoui Tazi Yassin Zaki Ziani",
)

_COUNTRIES: Final = {
    PORTUGUESE: "PT BR AO MZ CV GW ST TL",
    ENGLISH: "GB IE AU NZ ZA GI GG JE IM MT",
    FRENCH: "FR LU MC SN CI CM MG",
    SPANISH: "ES MX AR CL CO PE VE UY EC CR CU AD DO PY BO",
    GERMAN: "DE AT CH LI",
    ITALIAN: "IT SM",
    DUTCH: "NL BE SR",
    NORDIC: "SE NO DK FI IS FO",
    SLAVIC: "PL CZ SK SI HR RU UA BY RS BG HU RO",
    BALTIC: "LT LV EE",
    AMERICAN: "US CA PR",
    CHINESE: "CN TW HK MO SG",
    HEBREW: "IL",
    ARABIC: "MA DZ TN EG SA AE LB JO KW QA OM",
}
NAMES_BY_COUNTRY: Final = {country: names for names, countries in _COUNTRIES.items() for country in countries.split()}


def names_of(country: str) -> Names:
    """The names usual in a country (ISO 3166 alpha-2); English ones where we know none, or no country is given."""
    return NAMES_BY_COUNTRY.get(country, ENGLISH)


def name_for(country: str, seed: int) -> tuple[str, str]:
    """First and last name of somebody from a country; the same number always gives the same name."""
    names = names_of(country)
    first, rest = seed % len(names.first), seed // len(names.first)
    return names.first[first], names.last[rest % len(names.last)]

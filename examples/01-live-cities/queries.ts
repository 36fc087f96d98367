/** The tables, and the queries that stay live from the first row to the last edit. */
import { sql } from 'sluice';

export const schema = `
  CREATE TABLE city (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    visits INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE former_name (city INTEGER NOT NULL REFERENCES city, name TEXT NOT NULL) STRICT;
  CREATE INDEX city_by_country_and_name ON city (country, name);
  CREATE INDEX city_by_latitude ON city (latitude);
`;

export interface Country {
  readonly country: string;
  readonly cities: number;
}

export const countriesBySize = sql<Country>`
  SELECT country, count(*) AS cities FROM city GROUP BY country ORDER BY cities DESC, country`;

export interface Place {
  readonly name: string;
  readonly country: string;
  readonly latitude: number;
}

export const northernmostTen = sql<Place>`
  SELECT name, country, latitude FROM city ORDER BY latitude DESC, id LIMIT 10`;

export interface City {
  readonly id: number;
  readonly name: string;
  readonly visits: number;
}

export const citiesOfNorway = sql<City>`
  SELECT id, name, visits FROM city WHERE country = ${'NO'} ORDER BY name, id`;

export interface Books {
  readonly cities: number;
  readonly visits: number;
  readonly formerNames: number;
}

export const whatIsThere = sql<Books>`
  SELECT count(*) AS cities, sum(visits) AS visits, (SELECT count(*) FROM former_name) AS formerNames FROM city`;

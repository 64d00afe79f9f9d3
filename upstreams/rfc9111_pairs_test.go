package upstreams_test

import "time"

const (
	s    = time.Second
	hour = time.Hour
)

// Why the pipe does not do what the RFC would, or would let a cache do.
const (
	ownCredential = "a credential is the service's own, or the answer is its caller's alone"
	equalOnly     = "only requests with equal headers share an answer"
	goodOnly      = "only what the connector takes for good is remembered"
)

// storing: what may be stored (RFC 9111 §3).
var storing = map[string]pair{
	"an answer with max-age is stored":                           {rfc: "3", answer: h{"Cache-Control: max-age=60"}, want: reused},
	"an answer that says nothing is not used again":              {rfc: "4.2.1", want: fetched},
	"an answer with Expires is stored":                           {rfc: "3", answer: h{"Expires: +60s"}, want: reused},
	"an answer with s-maxage is stored by a shared cache":        {rfc: "5.2.2.10", kind: shared, answer: h{"Cache-Control: s-maxage=60"}, want: reused},
	"an answer with only s-maxage is nothing to a private cache": {rfc: "5.2.2.10", answer: h{"Cache-Control: s-maxage=60"}, want: fetched},
	"an answer with no-store is not stored":                      {rfc: "5.2.2.5", answer: h{"Cache-Control: no-store, max-age=60"}, want: fetched},
	"no-store counts on a line of its own":                       {rfc: "5.2.2.5", answer: h{"Cache-Control: max-age=60", "Cache-Control: no-store"}, want: fetched},
	"no-store counts in any case":                                {rfc: "5.2", answer: h{"Cache-Control: Max-Age=60, NO-Store"}, want: fetched},
	"no-store in a quoted string is not a directive":             {rfc: "5.2", answer: h{`Cache-Control: max-age=60, x="no-store, y"`}, want: reused},
	"private is stored by a private cache":                       {rfc: "5.2.2.7", answer: h{"Cache-Control: private, max-age=60"}, want: reused},
	"private is not stored by a shared cache":                    {rfc: "5.2.2.7", kind: shared, answer: h{"Cache-Control: private, max-age=60"}, want: fetched},
	"private outweighs public in a shared cache":                 {rfc: "4.2.1", kind: shared, answer: h{"Cache-Control: public, private, max-age=60"}, want: fetched},
	"private outweighs s-maxage in a shared cache":               {rfc: "5.2.2.7", kind: shared, answer: h{"Cache-Control: private, s-maxage=60"}, want: fetched},
	"private for some headers is private for all":                {rfc: "5.2.2.7", kind: shared, answer: h{`Cache-Control: private="x-a", max-age=60`}, want: fetched},
	"private for some headers is nothing to a private cache":     {rfc: "5.2.2.7", answer: h{`Cache-Control: private="x-a", max-age=60`}, want: reused},
	"an answer to Authorization is stored by a private cache":    {rfc: "3.5", ask: h{"Authorization: a"}, answer: h{"Cache-Control: max-age=60"}, again: h{"Authorization: a"}, want: reused},
	"an answer to Authorization is not stored by a shared cache": {rfc: "3.5", kind: shared, ask: h{"Authorization: a"}, answer: h{"Cache-Control: max-age=60"}, want: fetched},
	"not even for the same Authorization":                        {rfc: "3.5", kind: shared, ask: h{"Authorization: a"}, answer: h{"Cache-Control: max-age=60"}, again: h{"Authorization: a"}, want: reused, but: ownCredential},
	"unless it is public":                                        {rfc: "3.5", kind: shared, ask: h{"Authorization: a"}, answer: h{"Cache-Control: public, max-age=60"}, again: h{"Authorization: a"}, want: reused},
	"unless it has s-maxage":                                     {rfc: "3.5", kind: shared, ask: h{"Authorization: a"}, answer: h{"Cache-Control: s-maxage=60"}, again: h{"Authorization: a"}, want: reused},
	"unless it has must-revalidate":                              {rfc: "3.5", kind: shared, ask: h{"Authorization: a"}, answer: h{"Cache-Control: must-revalidate, max-age=60"}, again: h{"Authorization: a"}, want: reused},
	"proxy-revalidate does not open an answer to Authorization":  {rfc: "3.5", kind: shared, ask: h{"Authorization: a"}, answer: h{"Cache-Control: proxy-revalidate, max-age=60"}, want: fetched},
	"an answer to nobody in particular serves somebody":          {rfc: "3.5", kind: shared, answer: h{"Cache-Control: max-age=60"}, again: h{"Authorization: a"}, want: fetched, but: equalOnly},
	"must-understand cancels no-store where the status is known": {rfc: "5.2.2.3", answer: h{"Cache-Control: must-understand, no-store, max-age=60"}, want: reused},
	"must-understand forbids to store what is not known":         {rfc: "5.2.2.3", status: 599, answer: h{"Cache-Control: must-understand, max-age=60"}, want: fetched},
	"a status nobody knows is stored if it says how long":        {rfc: "3", status: 299, answer: h{"Cache-Control: max-age=60"}, want: reused},
	"a 404 is stored":                                                  {rfc: "9110 15.1", status: 404, answer: h{"Cache-Control: max-age=60"}, want: reused},
	"a 410 is stored":                                                  {rfc: "9110 15.1", status: 410, answer: h{"Cache-Control: max-age=60"}, want: reused},
	"a 301 is stored":                                                  {rfc: "9110 15.4.2", status: 301, answer: h{"Cache-Control: max-age=60", "Location: /x"}, want: fetched, but: goodOnly},
	"a 302 is stored if it says how long":                              {rfc: "9110 15.4.3", status: 302, answer: h{"Cache-Control: max-age=60", "Location: /x"}, want: fetched, but: goodOnly},
	"a 503 is stored if it says how long":                              {rfc: "3", status: 503, answer: h{"Cache-Control: max-age=60"}, want: fetched, but: goodOnly},
	"a 403 marked public is stored, and validated":                     {rfc: "3", status: 403, answer: h{"Cache-Control: public", `ETag: "1"`}, want: fetched, but: goodOnly},
	"a 403 that is not marked is not stored":                           {rfc: "3", status: 403, answer: h{`ETag: "1"`}, want: fetched},
	"a 200 that is not marked is stored for its validator":             {rfc: "3", answer: h{`ETag: "1"`}, want: validated},
	"a 206 nobody asked for is not stored":                             {rfc: "3.3", status: 206, answer: h{"Cache-Control: max-age=60", "Content-Range: bytes 0-2/9"}, want: fetched},
	"a directive nobody knows is ignored":                              {rfc: "5.2.3", answer: h{"Cache-Control: max-age=60, no-stork, x=1"}, want: reused},
	"an answer that sets a cookie is stored like any other":            {rfc: "7.3", answer: h{"Cache-Control: max-age=60", "Set-Cookie: a=b"}, want: reused},
	"Pragma in an answer means nothing":                                {rfc: "5.4", answer: h{"Cache-Control: max-age=60", "Pragma: no-cache"}, want: reused},
	"an empty Cache-Control says nothing":                              {rfc: "5.2", answer: h{"Cache-Control: , ,", "Expires: +60s"}, want: reused},
	"a request without answer in mind may be answered though no-store": {rfc: "5.2.1.5", answer: h{"Cache-Control: max-age=60"}, again: h{"Cache-Control: no-store"}, want: fetched, but: equalOnly},
}

// lifetimes: how long an answer is fresh, and how old it is (RFC 9111 §4.2).
var lifetimes = map[string]pair{
	"fresh until the last second of max-age":                  {rfc: "4.2", answer: h{"Cache-Control: max-age=60"}, wait: 59 * s, want: reused},
	"stale at max-age":                                        {rfc: "4.2", answer: h{"Cache-Control: max-age=60"}, wait: 60 * s, want: fetched},
	"max-age in quotes counts":                                {rfc: "5.2", answer: h{`Cache-Control: max-age="60"`}, wait: 59 * s, want: reused},
	"max-age with space around it counts":                     {rfc: "5.2", answer: h{"Cache-Control:   max-age=60 , public"}, wait: 59 * s, want: reused},
	"max-age=0 is stale at once":                              {rfc: "5.2.2.1", answer: h{"Cache-Control: max-age=0"}, want: fetched},
	"max-age below zero is stale":                             {rfc: "4.2.1", answer: h{"Cache-Control: max-age=-60"}, want: fetched},
	"max-age that is no number is stale":                      {rfc: "4.2.1", answer: h{"Cache-Control: max-age=soon"}, want: fetched},
	"max-age with a fraction is stale":                        {rfc: "1.2.2", answer: h{"Cache-Control: max-age=60.5"}, want: fetched},
	"max-age without a number is stale":                       {rfc: "4.2.1", answer: h{"Cache-Control: max-age"}, want: fetched},
	"max-age that is no number is not mended by Expires":      {rfc: "4.2.1", answer: h{"Cache-Control: max-age=x", "Expires: +60s"}, want: fetched},
	"max-age beyond all numbers is a very long time":          {rfc: "1.2.2", answer: h{"Cache-Control: max-age=99999999999999999999"}, wait: 72 * hour, want: reused},
	"of two max-age the first counts":                         {rfc: "4.2.1", answer: h{"Cache-Control: max-age=10, max-age=1000"}, wait: 11 * s, want: fetched},
	"of two lines of max-age the first counts":                {rfc: "4.2.1", answer: h{"Cache-Control: max-age=10", "Cache-Control: max-age=1000"}, wait: 11 * s, want: fetched},
	"s-maxage outweighs max-age in a shared cache":            {rfc: "5.2.2.10", kind: shared, answer: h{"Cache-Control: s-maxage=10, max-age=1000"}, wait: 11 * s, want: fetched},
	"s-maxage may be longer, too":                             {rfc: "5.2.2.10", kind: shared, answer: h{"Cache-Control: max-age=1, s-maxage=1000"}, wait: 11 * s, want: reused},
	"s-maxage is nothing to a private cache":                  {rfc: "5.2.2.10", answer: h{"Cache-Control: s-maxage=10, max-age=1000"}, wait: 11 * s, want: reused},
	"s-maxage=0 is stale in a shared cache":                   {rfc: "5.2.2.10", kind: shared, answer: h{"Cache-Control: s-maxage=0, max-age=1000"}, want: fetched},
	"max-age outweighs an Expires in the past":                {rfc: "5.3", answer: h{"Cache-Control: max-age=60", "Expires: 0"}, wait: 30 * s, want: reused},
	"max-age outweighs an Expires in the future":              {rfc: "5.3", answer: h{"Cache-Control: max-age=10", "Expires: +1000s"}, wait: 11 * s, want: fetched},
	"fresh until Expires":                                     {rfc: "5.3", answer: h{"Expires: +60s"}, wait: 59 * s, want: reused},
	"stale at Expires":                                        {rfc: "5.3", answer: h{"Expires: +60s"}, wait: 60 * s, want: fetched},
	"Expires counts from Date":                                {rfc: "4.2.1", answer: h{"Date: +30s", "Expires: +60s"}, wait: 31 * s, want: fetched},
	"Expires without Date counts from when it came":           {rfc: "4.2.1", answer: h{"Date: none", "Expires: +60s"}, wait: 59 * s, want: reused},
	"Expires of 0 is the past":                                {rfc: "5.3", answer: h{"Expires: 0"}, want: fetched},
	"Expires of -1 is the past":                               {rfc: "5.3", answer: h{"Expires: -1"}, want: fetched},
	"Expires in an unknown zone is the past":                  {rfc: "5.3", answer: h{"Expires: Fri, 01 Jan 2100 00:00:00 XYZ"}, want: fetched},
	"Expires in the form of RFC 850 counts":                   {rfc: "4.2", answer: h{"Expires: Thursday, 18-Aug-50 02:01:18 GMT"}, wait: hour, want: reused},
	"Expires in the form of asctime counts":                   {rfc: "4.2", answer: h{"Expires: Thu Aug 18 02:01:18 2050"}, wait: hour, want: reused},
	"Expires with an hour of one digit is the past":           {rfc: "5.3", answer: h{"Expires: Thu, 18 Aug 2050 2:01:18 GMT"}, want: fetched},
	"Expires with two blanks is the past":                     {rfc: "5.3", answer: h{"Expires: Thu, 18  Aug 2050 02:01:18 GMT"}, want: fetched},
	"Expires on two lines is the past":                        {rfc: "5.3", answer: h{"Expires: +60s", "Expires: +60s"}, want: fetched},
	"Expires in small letters counts":                         {rfc: "4.2", answer: h{"Expires: thu, 18 aug 2050 02:01:18 gmt"}, wait: hour, want: reused},
	"a Date with an hour of one digit does not count":         {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Date: Fri, 31 Dec 1999 1:00:00 GMT"}, want: reused},
	"an empty Expires is the past":                            {rfc: "5.3", answer: h{"Expires: "}, want: fetched},
	"Age takes from the lifetime":                             {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Age: 50"}, wait: 11 * s, want: fetched},
	"Age leaves the rest of it":                               {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Age: 50"}, wait: 9 * s, want: reused},
	"Age beyond the lifetime is stale":                        {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Age: 60"}, want: fetched},
	"Age beyond all numbers is stale":                         {rfc: "1.2.2", answer: h{"Cache-Control: max-age=60", "Age: 99999999999999999999"}, want: fetched},
	"Age below zero is ignored":                               {rfc: "5.1", answer: h{"Cache-Control: max-age=60", "Age: -50"}, wait: 59 * s, want: reused},
	"Age that is no number is ignored":                        {rfc: "5.1", answer: h{"Cache-Control: max-age=60", "Age: old"}, wait: 59 * s, want: reused},
	"of a list of Age the first counts":                       {rfc: "5.1", answer: h{"Cache-Control: max-age=60", "Age: 0, 60"}, wait: 30 * s, want: reused},
	"of two lines of Age the first counts":                    {rfc: "5.1", answer: h{"Cache-Control: max-age=60", "Age: 60", "Age: 0"}, want: fetched},
	"an old Date counts as age":                               {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Date: -50s"}, wait: 11 * s, want: fetched},
	"an old Date leaves the rest":                             {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Date: -50s"}, wait: 9 * s, want: reused},
	"a Date in the future is no age":                          {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Date: +1h"}, wait: 59 * s, want: reused},
	"the older of Age and Date counts":                        {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Date: -20s", "Age: 50"}, wait: 11 * s, want: fetched},
	"a Date that is none does not count":                      {rfc: "4.2.3", answer: h{"Cache-Control: max-age=60", "Date: tomorrow"}, wait: 59 * s, want: reused},
	"nobody guesses unless asked to":                          {rfc: "4.2.2", answer: h{"Last-Modified: -100h"}, wait: hour, want: validated},
	"a day of sleep counts":                                   {rfc: "4.2.3", answer: h{"Cache-Control: max-age=86400"}, wait: 24*hour + time.Second, want: fetched},
	"no-cache is validated though fresh":                      {rfc: "5.2.2.4", answer: h{"Cache-Control: no-cache, max-age=60", `ETag: "1"`}, want: validated},
	"no-cache without a validator is fetched":                 {rfc: "5.2.2.4", answer: h{"Cache-Control: no-cache, max-age=60"}, want: fetched},
	"no-cache for some headers is no-cache for all":           {rfc: "5.2.2.4", answer: h{`Cache-Control: no-cache="set-cookie", max-age=60`, `ETag: "1"`}, want: validated},
	"must-revalidate does not matter while fresh":             {rfc: "5.2.2.2", answer: h{"Cache-Control: must-revalidate, max-age=60"}, wait: 59 * s, want: reused},
	"immutable does not matter when stale":                    {rfc: "8246 2", answer: h{"Cache-Control: immutable, max-age=60", `ETag: "1"`}, wait: 61 * s, want: validated},
	"a quote that does not end does not make an answer fresh": {rfc: "5.2", answer: h{`Cache-Control: x="a, max-age=60`}, want: fetched},
}

// stale: stale-while-revalidate (RFC 5861 §3).
var stale = map[string]pair{
	"stale-while-revalidate serves and asks behind":            {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30", `ETag: "1"`}, wait: 61 * s, want: behind},
	"it does so to the end of its window":                      {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30"}, wait: 89 * s, want: behind},
	"past its window nothing is served":                        {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30"}, wait: 90 * s, want: fetched},
	"while fresh nothing is asked behind":                      {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30"}, wait: 59 * s, want: reused},
	"a window of 0 is of no use":                               {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=0", `ETag: "1"`}, wait: 61 * s, want: validated},
	"a window that is no number is none":                       {rfc: "5861 3", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=x", `ETag: "1"`}, wait: 61 * s, want: validated},
	"a window counts from Expires, too":                        {rfc: "5861 3", answer: h{"Expires: +60s", "Cache-Control: stale-while-revalidate=30"}, wait: 61 * s, want: behind},
	"max-age=0 has a window, too":                              {rfc: "5861 3", answer: h{"Cache-Control: max-age=0, stale-while-revalidate=30"}, wait: s, want: behind},
	"must-revalidate outweighs the window":                     {rfc: "5.2.2.2", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30, must-revalidate", `ETag: "1"`}, wait: 61 * s, want: validated},
	"proxy-revalidate outweighs it in a shared cache":          {rfc: "5.2.2.8", kind: shared, answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30, proxy-revalidate", `ETag: "1"`}, wait: 61 * s, want: validated},
	"proxy-revalidate does not in a private one":               {rfc: "5.2.2.8", answer: h{"Cache-Control: max-age=60, stale-while-revalidate=30, proxy-revalidate"}, wait: 61 * s, want: behind},
	"s-maxage outweighs it, for it implies proxy-revalidate":   {rfc: "5.2.2.10", kind: shared, answer: h{"Cache-Control: s-maxage=60, stale-while-revalidate=30", `ETag: "1"`}, wait: 61 * s, want: validated},
	"no-cache outweighs it":                                    {rfc: "4.2.4", answer: h{"Cache-Control: no-cache, max-age=60, stale-while-revalidate=30", `ETag: "1"`}, want: validated},
	"stale-if-error by itself serves nothing stale":            {rfc: "5861 4", answer: h{"Cache-Control: max-age=60, stale-if-error=60", `ETag: "1"`}, wait: 61 * s, want: validated},
	"an answer that says nothing of stale is not served stale": {rfc: "4.2.4", answer: h{"Cache-Control: max-age=60", `ETag: "1"`}, wait: 61 * s, want: validated},
}

// varying: which requests an answer fits (RFC 9111 §4.1).
var varying = map[string]pair{
	"the same value fits":                            {rfc: "4.1", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-A: 1"}, want: reused},
	"another value does not":                         {rfc: "4.1", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-A: 2"}, want: fetched},
	"no value does not":                              {rfc: "4.1", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, want: fetched},
	"a value where there was none does not":          {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-A: 1"}, want: fetched},
	"none where there was none fits":                 {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, want: reused},
	"an empty value is not none":                     {rfc: "4.1", ask: h{"X-A: "}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, want: fetched},
	"what is not named does not matter":              {rfc: "4.1", ask: h{"X-B: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A"}, again: h{"X-B: 2"}, want: fetched, but: equalOnly},
	"names are in any case":                          {rfc: "9110 12.5.5", ask: h{"X-A: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: x-a"}, again: h{"X-A: 2"}, want: fetched},
	"all names must fit":                             {rfc: "4.1", ask: h{"X-A: 1", "X-B: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A, X-B"}, again: h{"X-A: 1", "X-B: 2"}, want: fetched},
	"names on several lines must fit":                {rfc: "4.1", ask: h{"X-A: 1", "X-B: 1"}, answer: h{"Cache-Control: max-age=60", "Vary: X-A", "Vary: X-B"}, again: h{"X-A: 1", "X-B: 2"}, want: fetched},
	"a star never fits":                              {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: *"}, want: fetched},
	"a star among names never fits":                  {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A, *"}, want: fetched},
	"a star on a second line never fits":             {rfc: "4.1", answer: h{"Cache-Control: max-age=60", "Vary: X-A", "Vary: *"}, want: fetched},
	"space in a list does not matter":                {rfc: "4.1", ask: h{"Accept-Language: en, de"}, answer: h{"Cache-Control: max-age=60", "Vary: Accept-Language"}, again: h{"Accept-Language: en ,de"}, want: fetched, but: equalOnly},
	"lines of a list are one list":                   {rfc: "4.1", ask: h{"Accept-Language: en", "Accept-Language: de"}, answer: h{"Cache-Control: max-age=60", "Vary: Accept-Language"}, again: h{"Accept-Language: en, de"}, want: fetched, but: equalOnly},
	"the order of a list matters":                    {rfc: "4.1", ask: h{"Accept-Language: en, de"}, answer: h{"Cache-Control: max-age=60", "Vary: Accept-Language"}, again: h{"Accept-Language: de, en"}, want: fetched},
	"an empty Vary names nothing":                    {rfc: "9110 12.5.5", answer: h{"Cache-Control: max-age=60", "Vary: "}, again: h{"X-A: 1"}, want: fetched, but: equalOnly},
	"a name that is none is a header nobody sends":   {rfc: "9110 12.5.5", answer: h{"Cache-Control: max-age=60", "Vary: x a"}, again: h{"X-A: 1"}, want: fetched, but: equalOnly},
	"an answer for one cookie is not another's":      {rfc: "4.1", ask: h{"Cookie: a=1"}, answer: h{"Cache-Control: max-age=60", "Vary: Cookie"}, again: h{"Cookie: a=2"}, want: fetched},
	"an answer that varies by user is not another's": {rfc: "4.1", ask: h{"Authorization: a"}, answer: h{"Cache-Control: max-age=60", "Vary: Authorization"}, again: h{"Authorization: b"}, want: fetched},
}

// validation: what is asked of an answer that is stale (RFC 9111 §4.3).
var validation = map[string]pair{
	"by a strong tag":                       {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", `ETag: "1"`}, wait: 61 * s, want: validated},
	"by a weak tag":                         {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", `ETag: W/"1"`}, wait: 61 * s, want: validated},
	"by the date of its last change":        {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"}, wait: 61 * s, want: validated},
	"by both":                               {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", `ETag: "1"`, "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"}, wait: 61 * s, want: validated},
	"by no date with an hour of one digit":  {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", "Last-Modified: Sat, 01 Jan 2000 1:00:00 GMT"}, wait: 61 * s, want: fetched},
	"by no date on two lines":               {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60", "Last-Modified: -1h", "Last-Modified: -1h"}, wait: 61 * s, want: fetched},
	"by nothing: it is fetched":             {rfc: "4.3.1", answer: h{"Cache-Control: max-age=60"}, wait: 61 * s, want: fetched},
	"by a tag with a comma":                 {rfc: "9110 8.8.3", answer: h{"Cache-Control: max-age=60", `ETag: "1,2"`}, wait: 61 * s, want: validated},
	"a 404 is validated, too":               {rfc: "4.3.1", status: 404, answer: h{"Cache-Control: max-age=60", `ETag: "1"`}, wait: 61 * s, want: validated},
	"what must be revalidated is validated": {rfc: "5.2.2.2", answer: h{"Cache-Control: max-age=60, must-revalidate", `ETag: "1"`}, wait: 61 * s, want: validated},
	"in a shared cache as well":             {rfc: "4.3.1", kind: shared, answer: h{"Cache-Control: s-maxage=60", `ETag: "1"`}, wait: 61 * s, want: validated},
}

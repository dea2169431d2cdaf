"""What goes on paper: one model for each document, made from the ledger, then its writers.

    model      an invoice as it is sent: frozen data, exact amounts
    rates      net amounts by the rate of their tax
    mixing     the rates of work and of the deposits that it draws, where they differ
    pieces     what an invoice charges of one milestone
    deposits   which deposits an invoice draws
    making     invoices and credit notes of the ledger, by number, as documents
    words      what people read in them, by language, from `languages`
    wanted     what the ledger does not say yet
    einvoice   EN 16931 as XML
    sentences  what an invoice says beside its figures
    layout     logo, paper, and where the templates of a ledger are
    qr         the code that banking apps scan
    html       pages, from templates
    pdf        pages as PDF/A-3, with the e-invoice inside
    extras     what to say where a library is not installed
    plain      the model as JSON
    text       an invoice for the terminal
    letter     what statements, reminders, schedules and applications have in common
    statement, reminders, schedule, application
               each its model, and the letter that it is
    mail       drafts of e-mails
    calendar   dates to put beside all others
    writers    what an invoice can be written as, by the ending of the file

A document is a view of the ledger: same ledger, same number, same bytes.
"""

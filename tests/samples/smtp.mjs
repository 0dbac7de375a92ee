// A mail server (npm smtp-server) that prints its port, then each mail as a line of JSON. Options: one line of JSON on standard input.
//   key, cert     PEM: offers STARTTLS and insists on it; without them the server speaks in clear
//   user, pass    who may send; without them anybody
//   refuse        a recipient that does not exist here
//   ascii         the server knows no addresses beyond ASCII (no SMTPUTF8)
//   reply         said to each mail's content instead of taking it, for example 554
import { SMTPServer } from 'smtp-server';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit());
lines.once('line', line => {
  const { key, cert, user, pass, refuse, ascii, reply } = JSON.parse(line);
  const server = new SMTPServer({
    key, cert,
    disabledCommands: [...(key ? [] : ['STARTTLS']), ...(user ? [] : ['AUTH'])],
    authOptional: !user,
    hideSMTPUTF8: !!ascii,
    onMailFrom: (address, session, done) => done(key && !session.secure ? Object.assign(new Error('Must issue a STARTTLS command first'), { responseCode: 530 }) : null),
    onRcptTo: (address, session, done) => done(address.address === refuse ? Object.assign(new Error('No such user'), { responseCode: 550 }) : null),
    onAuth: (auth, session, done) => auth.username === user && auth.password === pass ? done(null, { user }) : done(new Error('Invalid username or password')),
    onData(stream, session, done) {
      const chunks = [];
      stream.on('data', chunk => chunks.push(chunk));
      stream.on('end', () => {
        console.log(JSON.stringify({ to: session.envelope.rcptTo.map(to => to.address), secure: session.secure, user: session.user, raw: Buffer.concat(chunks).toString('latin1') }));
        done(reply ? Object.assign(new Error('Said of ' + session.envelope.rcptTo[0].address), { responseCode: reply }) : null);
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
});

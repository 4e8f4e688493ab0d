package RT::Action::Heard;
# Sends a ticket to Heard, whole and signed. A scrip does so after each change, and rt-crontool again for what was missed.
use strict;
use warnings;
use base 'RT::Action';
use Digest::SHA qw(hmac_sha256_base64 sha256_hex);
use Encode ();
use JSON ();
use LWP::UserAgent;
use MIME::Base64 qw(decode_base64);

# Heard takes a megabyte at once, and anybody can write that much by mail. Of a long mail the beginning says what is wrong, and of a
# long thread the newest messages are what Heard does not have yet. In characters.
use constant { MAIL => 20_000, THREAD => 120_000, BESIDE_TEXT => 300 };

sub Prepare { 1 }

sub Commit {
    my $self = shift;
    my $ticket = RT::Ticket->new(RT->SystemUser);
    $ticket->Load($self->TicketObj->id);    # of a merged ticket: the one that carries on
    my $sent = send_to_heard({ ticket => ticket($ticket), messages => messages($ticket) });
    send_to_heard({ ticket => { id => "$_", merged_into => '' . $ticket->id } }) for $ticket->Merged;
    return $sent;
}

sub utc { my $at = shift->ISO(Timezone => 'UTC'); $at =~ tr/ /T/; "${at}Z" }

sub person { my $user = shift; { id => '' . $user->id, name => $user->RealName, email => $user->EmailAddress } }

sub ticket {
    my $ticket = shift;
    my @requestors = requestors($ticket);
    my $requestor = shift @requestors;
    my @others = grep { !$requestor || $_->id != $requestor->id } @requestors,
        map { @{ $_->UserMembersObj->ItemsArrayRef } } $ticket->Cc, $ticket->QueueObj->Cc;
    my $owner = $ticket->OwnerObj;
    my $tags = $ticket->CustomFieldValues('Tags');
    return {
        id => '' . $ticket->id, subject => $ticket->Subject, status => $ticket->Status,
        url => RT->Config->Get('WebURL') . 'Ticket/Display.html?id=' . $ticket->id,
        created_at => utc($ticket->CreatedObj), changed_at => utc($ticket->LastUpdatedObj),
        tags => [ map { $_->Content } @{ $tags->ItemsArrayRef } ],
        requester => $requestor && person($requestor),
        agent => $owner->id == RT->Nobody->id ? undef : person($owner),
        shared => scalar(@others) ? JSON::true : JSON::false,
    };
}

# Whoever opened the ticket, then who wrote in it, in their order, and then the others. Request Tracker has them by their names.
sub requestors {
    my $ticket = shift;
    my (%rank, $transactions);
    $transactions = said($ticket);
    $rank{ $ticket->Creator } = 0;
    while (my $one = $transactions->Next) { $rank{ $one->Creator } //= 1 + $one->id }
    my $rank = sub { $rank{ $_[0]->id } // 9**15 + $_[0]->id };
    return sort { $rank->($a) <=> $rank->($b) } @{ $ticket->Requestors->UserMembersObj->ItemsArrayRef };
}

sub said {
    my $transactions = shift->Transactions;
    $transactions->Limit(FIELD => 'Type', OPERATOR => 'IN', VALUE => [qw(Create Correspond Comment)]);
    return $transactions;
}

sub messages {
    my $ticket = shift;
    my $transactions = said($ticket);
    my @messages;
    while (my $one = $transactions->Next) {
        my ($by, $mail) = ($one->CreatorObj, $one->Attachments->First);
        my $sent_by = $mail && $mail->GetHeader('Auto-Submitted') || 'no';    # RFC 3834: "no" is a person
        # A mail with a picture alone is a message without a text.
        my $said = $one->ContentObj ? $one->Content(Type => 'text/plain') : '';
        push @messages, {
            id => '' . $one->id, author => $by->Privileged ? 'agent' : 'customer', author_id => '' . $by->id,
            author_email => $by->EmailAddress, public => $one->Type eq 'Comment' ? JSON::false : JSON::true,
            trust => $sent_by =~ /^\s*no\b/i ? 'trusted' : 'automatic',
            body => substr($said // '', 0, MAIL), created_at => utc($one->CreatedObj),
        };
    }
    my ($room, @newest) = (THREAD);
    for my $message (reverse @messages) {
        $room -= length($message->{body}) + BESIDE_TEXT;
        last if $room < 0;
        unshift @newest, $message;
    }
    return \@newest;
}

sub send_to_heard {
    my $delivery = shift;
    return 1 unless $delivery->{ticket}{requester} || $delivery->{ticket}{merged_into};
    my $json = JSON->new->utf8->canonical;
    my ($now, $key) = (time, RT->Config->Get('HeardSecret'));
    # The same ticket is the same delivery within a second: one that is as it was once before is news. What Heard has changes nothing.
    my $id = 'rt_' . sha256_hex($now . $json->encode($delivery));
    my $body = $json->encode({ id => $id, event => 'ticket', %$delivery });
    $key =~ s/^whsec_//;
    my $signature = hmac_sha256_base64("$id.$now.$body", decode_base64($key));
    $signature .= '=' while length($signature) % 4;
    my $answer = LWP::UserAgent->new(timeout => 5)->post(RT->Config->Get('HeardURL'), Content => $body,
        'Content-Type' => 'application/json', 'webhook-id' => $id, 'webhook-timestamp' => $now,
        'webhook-signature' => "v1,$signature");
    RT->Logger->error("Heard did not take ticket $delivery->{ticket}{id}: " . $answer->status_line) unless $answer->is_success;
    return $answer->is_success;
}

1;

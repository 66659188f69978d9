#!/bin/sh
# Stands in for login(1): user alice, password s3cret; both servers give it arguments that it does not need.
printf 'Test system\n\n'
while :; do
    printf 'testhost login: '
    read -r user || exit 1
    stty -echo
    printf 'Password: '
    read -r password || exit 1
    stty echo
    echo
    [ "$user" = alice ] && [ "$password" = s3cret ] && break
    printf '\nLogin incorrect\n'
done
echo "Last login: Sat Nov 28 10:00:00 from 192.0.2.1"
PS1='dev$ ' ENV= exec /bin/sh -i
